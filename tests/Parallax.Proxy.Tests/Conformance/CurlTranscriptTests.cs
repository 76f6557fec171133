using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>The answers of curl's test suite, octet for octet from a socket: a client must see the same through the proxy as without it.
/// The client is .NET's own, which knows nothing of ours.</summary>
public sealed class CurlTranscriptTests(ITestOutputHelper output)
{
    /// <summary>Transcripts as they are: many have lines that end in a lone LF.</summary>
    [Fact]
    public async Task EveryTranscript_AsItIs_IsTheSameThroughTheProxy()
    {
        var differing = await DifferingAsync(ReadTranscripts());
        Assert.Empty(differing);
    }

    /// <summary>Transcripts with CRLF at the end of every line of their heads, as they were meant to leave curl's server.</summary>
    [Fact]
    public async Task EveryTranscript_WithWholeLineEnds_IsTheSameThroughTheProxy()
    {
        var differing = await DifferingAsync([.. ReadTranscripts().Select(each => each with { Octets = WithLineEnds(each.Octets) })]);
        Assert.Empty(differing);
    }

    private async Task<List<Transcript>> DifferingAsync(IReadOnlyList<Transcript> transcripts)
    {
        using var server = new TestServer(async wire =>
        {
            if (await wire.ReadAsync() is { } request)
            {
                await wire.WriteAsync(transcripts[int.Parse(request["x-case"]!, System.Globalization.CultureInfo.InvariantCulture)].Octets);
            }
        });

        // The server closes after each answer, whatever that says: a connection used again would meet that, and a POST is not sent twice.
        await using var rig = new ProxyRig(LoopKind.Epoll, server.Address, config: config => config with
        {
            Clusters = [.. config.Clusters.Select(cluster => cluster with { ConnectionPool = new() { MaxRequestsPerConnection = 1 } })],
        });
        var differing = new List<Transcript>();
        foreach (var (number, transcript) in transcripts.Index())
        {
            var direct = await SendAsync(server.Address, transcript, number);
            var proxied = await SendAsync(rig.Address, transcript, number);
            if (direct == proxied)
            {
                continue;
            }

            // A change of protocol that nobody asked for passes on to nobody: what followed would be seen by no route.
            if (direct.StartsWith("101 ", StringComparison.Ordinal) && proxied.StartsWith("502 ", StringComparison.Ordinal))
            {
                continue;
            }

            // What no client can read may be told by an answer of the proxy's own.
            if (direct == "broken" && proxied.StartsWith("50", StringComparison.Ordinal))
            {
                continue;
            }

            var isRefused = proxied == "broken" || proxied.StartsWith("502 ", StringComparison.Ordinal);
            Assert.True(isRefused, $"{transcript.Name}: {proxied}, not {direct}");
            differing.Add(transcript);
            output.WriteLine($"{transcript.Name}: {proxied}, not {direct}");
        }

        output.WriteLine($"{transcripts.Count - differing.Count} of {transcripts.Count} as without the proxy");
        return differing;
    }

    private static async Task<string> SendAsync(IPEndPoint address, Transcript transcript, int number)
    {
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false };
        using var client = new HttpClient(handler);
        using var request = new HttpRequestMessage(new HttpMethod(transcript.Method), new Uri($"http://{address}/"));
        request.Headers.Add("x-case", $"{number}");
        try
        {
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            return $"{(int)response.StatusCode} {body.Length} {Convert.ToHexStringLower(SHA256.HashData(body))[..8]}";
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException)
        {
            return "broken";
        }
    }

    private static List<Transcript> ReadTranscripts()
    {
        var path = RealData.PathOf("suites", "curl.jsonl");
        Assert.SkipWhen(path is null, "the suite curl.jsonl is not there; set PARALLAX_REALDATA");
        var transcripts = new List<Transcript>();
        foreach (var item in File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement))
        {
            var method = Encoding.Latin1.GetString(item.GetProperty("request_b64").GetBytesFromBase64()).Split(' ')[0];
            transcripts.AddRange(item.GetProperty("responses").EnumerateArray().Select(response => new Transcript(
                $"{item.GetProperty("id").GetString()} {response.GetProperty("name").GetString()}",
                method is "HEAD" or "POST" or "PUT" or "DELETE" or "OPTIONS" ? method : "GET",
                response.GetProperty("b64").GetBytesFromBase64())));
        }

        return transcripts;
    }

    // Heads only, those of interim answers included: a body is left as it is.
    private static byte[] WithLineEnds(byte[] octets)
    {
        var text = Encoding.Latin1.GetString(octets);
        var head = new StringBuilder();
        var at = 0;
        var isInterim = false;
        for (var end = text.IndexOf('\n', at); end >= 0; end = text.IndexOf('\n', at))
        {
            var line = text[at..end].TrimEnd('\r');
            head.Append(line).Append("\r\n");
            at = end + 1;
            isInterim = line.StartsWith("HTTP/", StringComparison.Ordinal) ? line.Contains(" 1", StringComparison.Ordinal) : isInterim;
            if (line.Length == 0 && !isInterim)
            {
                break;
            }
        }

        return Encoding.Latin1.GetBytes(head.Append(text.AsSpan(at)).ToString());
    }

    /// <summary>One answer of the suite.</summary>
    private sealed record Transcript(string Name, string Method, byte[] Octets);
}
