using System.Globalization;
using System.Text;

namespace Parallax.Proxy.Tests.Forwarding;

/// <summary>Exchanges at random, through the proxy and without it: the client sees the same.</summary>
public sealed class RandomExchangesTests
{
    private const int Exchanges = 500;

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task RandomExchanges_AreWhatADirectRunGives(LoopKind kind)
    {
        using var primary = new TestServer(ServeAsync);
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        var direct = await RunAsync(() => Wire.ConnectAsync(primary.Address));
        var proxied = await RunAsync(rig.ConnectAsync);
        Assert.Equal(direct, proxied);
        await shadow.NextAsync(Exchanges);
        Assert.Equal(Exchanges, rig.Account.Mirrors[0].Offered);
    }

    private static async Task<List<string>> RunAsync(Func<Task<Wire>> connect)
    {
        var random = new Random(11);
        var seen = new List<string>();
        Wire? wire = null;
        for (var number = 0; number < Exchanges; number++)
        {
            wire ??= await connect();
            var request = RequestOf(random, number);
            for (var at = 0; at < request.Length;)
            {
                var length = Math.Min(request.Length - at, random.Next(4) == 0 ? random.Next(1, 2000) : request.Length);
                await wire.WriteAsync(request[at..(at + length)]);
                at += length;
            }

            var response = (await wire.ReadAsync(request.AsSpan().StartsWith("HEAD"u8)))!;
            seen.Add($"{number} {response.Status} {response["x-kind"]} {Convert.ToHexString(response.Body)}");
            if (response["connection"] == "close")
            {
                Assert.True(await wire.IsAtEndAsync());
                wire.Dispose();
                wire = null;
            }
        }

        wire?.Dispose();
        return seen;
    }

    private static byte[] RequestOf(Random random, int number)
    {
        var method = new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH" }[random.Next(7)];
        var head = new StringBuilder($"{method} /{number}?kind={random.Next(7)}&size={Size(random)} HTTP/1.1\r\nHost: a\r\n");
        for (var field = random.Next(10); field > 0; field--)
        {
            head.Append(CultureInfo.InvariantCulture, $"X-{field}: {new string((char)('a' + field), random.Next(100))}\r\n");
        }

        var body = new byte[method is "POST" or "PUT" or "PATCH" ? Size(random) : 0];
        random.NextBytes(body);
        if (method is "GET" or "HEAD" or "DELETE" or "OPTIONS")
        {
            return Encoding.Latin1.GetBytes(head + "\r\n");
        }

        return random.Next(2) == 0
            ? [.. Encoding.Latin1.GetBytes($"{head}Content-Length: {body.Length}\r\n\r\n"), .. body]
            : [.. Encoding.Latin1.GetBytes($"{head}Transfer-Encoding: chunked\r\n\r\n"), .. Chunks(body)];
    }

    private static int Size(Random random) => random.Next(4) switch
    {
        0 => 0,
        1 => random.Next(100),
        2 => random.Next(5_000),
        _ => random.Next(100_000),
    };

    private static IEnumerable<byte> Chunks(byte[] body) => body.Chunk(7_000)
        .SelectMany(chunk => Encoding.Latin1.GetBytes($"{chunk.Length:x}\r\n").Concat(chunk).Concat("\r\n"u8.ToArray()))
        .Concat("0\r\n\r\n"u8.ToArray());

    // Answers by what the target asks for, with the sum of the request's body, so that a body that was changed shows.
    private static async Task ServeAsync(Wire wire)
    {
        while (await wire.ReadAsync() is { } request)
        {
            var query = request.Line.Split(' ')[1].Split('?')[1].Split('&');
            var size = int.Parse(query[1].Split('=')[1], CultureInfo.InvariantCulture);
            var body = new byte[size];
            Array.Fill(body, (byte)request.Body.Sum(octet => octet));
            var kind = query[0];
            var isHead = request.Line.StartsWith("HEAD", StringComparison.Ordinal);
            var (head, sent) = kind[^1] switch
            {
                '0' => ("HTTP/1.1 204 No Content\r\n", []),
                '1' => ("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n", []),
                '2' => ("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n", Chunks(body).ToArray()),
                '3' => ("HTTP/1.1 200 OK\r\nConnection: close\r\n", body),
                '4' => ($"HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: {size}\r\n", body),
                _ => ($"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n", body),
            };
            var isLast = head.Contains("close", StringComparison.Ordinal);
            await wire.WriteAsync([.. Encoding.Latin1.GetBytes($"{head}X-Kind: {kind}\r\n\r\n"), .. isHead ? [] : sent]);
            if (isLast)
            {
                return;
            }
        }
    }
}
