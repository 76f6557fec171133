using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Parallax.TestKit;

/// <summary>What an observer should find of one exchange.</summary>
/// <param name="Endpoints">Its connection.</param>
/// <param name="Method">Request method.</param>
/// <param name="Target">Request target, unique in the traffic.</param>
/// <param name="RequestDigest">SHA-1 of the request's content, upper-case hexadecimal.</param>
/// <param name="Status">Status of the final response.</param>
/// <param name="ResponseDigest">SHA-1 of the response's content.</param>
public sealed record ScriptedExchange(
    FlowEndpoints Endpoints, string Method, string Target, string RequestDigest, int Status, string ResponseDigest)
{
    /// <summary>Where its octets lie: sequence numbers of the first octet and after the last.</summary>
    public (uint From, uint To) Request { get; init; }

    /// <summary>The same for the response.</summary>
    public (uint From, uint To) Response { get; init; }

    /// <summary>True when <paramref name="segment"/> carries octets of it.</summary>
    public bool IsHitBy(ScriptedSegment segment)
    {
        var (from, to) = segment.FromClient ? Request : Response;
        var end = segment.Sequence + (uint)segment.Payload.Length;
        return segment.Payload.Length > 0 && segment.Endpoints == Endpoints && (int)(end - from) > 0 && (int)(to - segment.Sequence) > 0;
    }
}

/// <summary>Many connections side by side with exchanges of every framing: bodies by length, chunked with trailers, none, until the
/// close; HEAD, 204, 304, 100-continue; pipelining in one segment and in several. Bodies hold text that looks like messages.</summary>
public sealed class KeepAliveTraffic
{
    private readonly Random _random;
    private readonly List<ScriptedSegment> _segments = [];
    private readonly List<ScriptedExchange> _exchanges = [];

    private KeepAliveTraffic(int seed) => _random = new(seed);

    public IReadOnlyList<ScriptedSegment> Segments => _segments;

    public IReadOnlyList<ScriptedExchange> Exchanges => _exchanges;

    /// <summary>Each response names the request it answers in this field.</summary>
    public const string AnswersField = "X-Answers";

    public static KeepAliveTraffic Write(int seed, int connections, Func<int, FlowEndpoints>? endpoints = null, int vni = -1)
    {
        var traffic = new KeepAliveTraffic(seed);
        for (var n = 0; n < connections; n++)
        {
            traffic.WriteConnection(n, (endpoints ?? FlowEndpoints.Numbered)(n), vni);
        }

        traffic._segments.Sort((a, b) => a.Time.CompareTo(b.Time));
        return traffic;
    }

    private void WriteConnection(int number, FlowEndpoints endpoints, int vni)
    {
        var client = (uint)_random.NextInt64(uint.MaxValue);
        var server = (uint)_random.NextInt64(uint.MaxValue);
        var start = 1_700_000_000_000_000_000 + (number * 700_000L) + _random.Next(1_000);
        var script = new FlowScript(endpoints, client, server, start) { MaxSegmentOctets = _random.Next(60, 1460), Vni = vni }.Handshake();
        var batches = _random.Next(1, 9);
        var (clientNext, serverNext) = (client + 1, server + 1);
        for (var batch = 0; batch < batches; batch++)
        {
            var depth = _random.Next(4) == 0 ? _random.Next(2, 6) : 1;
            var isLast = batch == batches - 1;
            var messages = Enumerable.Range(0, depth)
                .Select(i => Write($"/c{number}/b{batch}/r{i}", isLast && i == depth - 1, depth == 1))
                .ToList();
            foreach (var (exchange, request, response) in messages)
            {
                _exchanges.Add(exchange with
                {
                    Endpoints = endpoints,
                    Request = (clientNext, clientNext += (uint)request.Length),
                    Response = (serverNext, serverNext += (uint)response.Length),
                });
            }

            Send(messages.Select(message => message.Request), request => script.Client(request));
            Send(messages.Select(message => message.Response), response => script.Server(response));
            if (_random.Next(3) == 0)
            {
                script.ClientAck();
            }
        }

        _segments.AddRange(_random.Next(5) == 0 ? script.ServerFin().ClientFin().Segments : script.Fin().Segments);
    }

    /// <summary>In one write or in one each.</summary>
    private void Send(IEnumerable<byte[]> messages, Action<byte[]> send)
    {
        if (_random.Next(2) == 0)
        {
            send([.. messages.SelectMany(message => message)]);
            return;
        }

        foreach (var message in messages)
        {
            send(message);
        }
    }

    private (ScriptedExchange Exchange, byte[] Request, byte[] Response) Write(string target, bool isLast, bool isAlone)
    {
        var method = _random.Next(6) switch { 0 => "POST", 1 => "PUT", 2 => "HEAD", 3 => "DELETE", _ => "GET" };
        var requestBody = method is "POST" or "PUT" ? Body() : null;
        var request = Message($"{method} {target} HTTP/1.1\r\nHost: example.test\r\n", requestBody, _random.Next(3), mayBeEmpty: true);
        var status = _random.Next(8) switch { 0 => 204, 1 => 304, 2 => 404, 3 => 500, _ => 200 };
        var hasBody = method != "HEAD" && status is not (204 or 304);
        var responseBody = hasBody ? Body() : null;
        var head = $"HTTP/1.1 {status} Whatever\r\nServer: test\r\n{AnswersField}: {target}\r\n"
            + (method == "HEAD" && status == 200 ? "Content-Length: 4711\r\n" : "");
        var response = isLast && hasBody && _random.Next(3) == 0
            ? [.. Latin1(head + "Connection: close\r\n\r\n"), .. responseBody!]
            : Message(head, responseBody, _random.Next(3), mayBeEmpty: !hasBody);
        if (isAlone && _random.Next(10) == 0)
        {
            response = [.. Latin1("HTTP/1.1 100 Continue\r\n\r\n"), .. response];
        }

        return (new(FlowEndpoints.Default, method, target, Digest(requestBody), status, Digest(responseBody)), request, response);
    }

    private byte[] Message(string head, byte[]? body, int framing, bool mayBeEmpty) => (body, framing) switch
    {
        (null, _) => Latin1(head + (mayBeEmpty ? "\r\n" : "Content-Length: 0\r\n\r\n")),
        (_, 0) => [.. Latin1(head + "Transfer-Encoding: chunked\r\n\r\n"), .. Chunked(body, trailer: "")],
        (_, 1) => [.. Latin1(head + "Transfer-Encoding: chunked\r\n\r\n"), .. Chunked(body, trailer: "X-Sum: 1\r\n")],
        _ => [.. Latin1($"{head}Content-Length: {body.Length}\r\n\r\n"), .. body],
    };

    private byte[] Body()
    {
        var body = new byte[_random.Next(4) switch { 0 => 0, 1 => _random.Next(20_000), _ => _random.Next(800) }];
        _random.NextBytes(body);
        var bait = Latin1(_random.Next(2) == 0
            ? "\r\n\r\nGET /bait HTTP/1.1\r\nHost: b\r\n\r\n"
            : "\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        if (body.Length > bait.Length + 10)
        {
            bait.CopyTo(body, _random.Next(body.Length - bait.Length));
        }

        return body;
    }

    private byte[] Chunked(byte[] body, string trailer)
    {
        var chunks = body.Length == 0 ? [] : body.Chunk(_random.Next(1, body.Length + 1) + (body.Length / 10));
        var coded = chunks.SelectMany(chunk =>
            (byte[])[.. Latin1(chunk.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n"), .. chunk, .. "\r\n"u8]);
        return [.. coded, .. Latin1($"0\r\n{trailer}\r\n")];
    }

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

#pragma warning disable CA5350 // a fingerprint, as the capture makes it
    private static string Digest(byte[]? content) => Convert.ToHexString(SHA1.HashData(content ?? []));
#pragma warning restore CA5350
}
