using System.Globalization;
using System.Text;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Primary;

/// <summary>A valid request at random, and a server that answers it as its target asks: with and without bodies, by length, chunked with
/// extensions and trailers, to the end of the connection, after interim responses, before the request is whole.</summary>
internal sealed record RandomExchange(byte[] Octets, bool IsHead)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    private static readonly string[] OddValues = ["", "a, b", "\u00e9\u00ff", "\"quoted; \\\" text\"", "tab\there", "x=y; z"];

    // The last two end the connection.
    private const int Kinds = 10;

    // Answered when it is whole.
    private const int InTime = -1;

    /// <summary>Octets sent before the response is awaited: all, unless it comes early.</summary>
    public int FirstOctets { get; init; } = Octets.Length;

    /// <summary>True when the server answers early and wants no more of it: its copy is given up.</summary>
    public bool IsGivenUp { get; init; }

    /// <summary>True when it asks for an upgrade, granted or not, or is a CONNECT: it has no copy.</summary>
    public bool AsksForTunnel { get; init; }

    /// <summary>What follows it when it is answered with a tunnel; null when it is not.</summary>
    public RandomTunnel? Tunnel { get; init; }

    /// <param name="random">Whence.</param>
    /// <param name="number">Which it is.</param>
    /// <param name="isLast">True when no other is sent before it is answered.</param>
    public static RandomExchange Next(Random random, int number, bool isLast)
    {
        if (isLast && random.Next(15) == 0)
        {
            var tunnel = RandomTunnel.Next(random);
            return new(Encoding.Latin1.GetBytes(tunnel.Request), IsHead: false) { Tunnel = tunnel, AsksForTunnel = true };
        }

        var method = Methods[random.Next(Methods.Length)];
        var kind = random.Next(isLast ? Kinds : Kinds - 2);
        var hasBody = method is "POST" or "PUT" or "PATCH";
        var isEarly = hasBody && isLast && random.Next(3) == 0;
        var isCounted = random.Next(2) == 0;
        var body = hasBody ? Body(random, isCounted, isEarly ? 1 : 0) : [];
        var early = isEarly ? Sum(body) : InTime;
        var head = new StringBuilder($"{method} /{number}?kind={kind}&size={Size(random)}&early={early} HTTP/1.1\r\nHost: a\r\n");
        for (var field = random.Next(10); field > 0; field--)
        {
            var value = random.Next(3) == 0 ? OddValues[random.Next(OddValues.Length)] : new string((char)('a' + field), random.Next(100));
            head.Append(CultureInfo.InvariantCulture, $"{(random.Next(2) == 0 ? "X" : "x")}-{field}: {value}\r\n");
        }

        if (!hasBody)
        {
            // An upgrade that nobody grants is an ordinary request.
            var asks = random.Next(20) == 0;
            head.Append(asks ? "Connection: Upgrade\r\nUpgrade: else\r\n\r\n" : "\r\n");
            return new(Encoding.Latin1.GetBytes(head.ToString()), method == "HEAD") { AsksForTunnel = asks };
        }

        head.Append(isCounted ? $"Content-Length: {body.Length}\r\n\r\n" : "Transfer-Encoding: chunked\r\n\r\n");
        byte[] octets = [.. Encoding.Latin1.GetBytes(head.ToString()), .. body];
        var first = isEarly && (kind >= Kinds - 2 || random.Next(2) == 0) ? random.Next(head.Length, octets.Length) : octets.Length;
        return new(octets, IsHead: false) { FirstOctets = first, IsGivenUp = isEarly && kind >= Kinds - 2 };
    }

    /// <summary>A response's head without what concerns one connection only.</summary>
    public static string Shown(string head) =>
        string.Join('|', head.Split("\r\n").Where(line => !line.StartsWith("Connection:", StringComparison.OrdinalIgnoreCase)));

    public static async Task ServeAsync(TestWire wire)
    {
        while (await wire.ReadHeadAsync() is { } head)
        {
            if (RandomTunnel.IsAskedFor(head))
            {
                await RandomTunnel.ServeAsync(wire, head);
                return;
            }

            var query = head.Split(' ')[1].Split('?')[1].Split('&');
            var (kind, size, early) = (Number(query[0]), Number(query[1]), Number(query[2]));
            await AnswerAsync(wire, kind, size, head, early == InTime ? await wire.ReadBodyAsync(head) : []);
            if (kind >= Kinds - 2)
            {
                wire.End();
                await wire.ReadToEndAsync();
                return;
            }

            if (early != InTime && Sum(await wire.ReadBodyAsync(head)) != early)
            {
                return;
            }
        }
    }

    private static async Task AnswerAsync(TestWire wire, int kind, int size, string head, byte[] asked)
    {
        // Filled with the sum of the request's body, so that a body that was changed shows.
        var body = new byte[size];
        Array.Fill(body, (byte)Sum(asked));
        var (lines, content) = Answer(kind, body);
        var isHead = head.StartsWith("HEAD", StringComparison.Ordinal);
        var trailers = Encoding.Latin1.GetString(asked).Contains("X-Sum: 1", StringComparison.Ordinal) ? "X-Had-Trailers: 1\r\n" : "";
        await wire.WriteAsync([.. Encoding.Latin1.GetBytes($"{lines}{trailers}X-Kind: {kind}\r\n\r\n"), .. isHead ? [] : content]);
    }

    private static (string Head, byte[] Content) Answer(int kind, byte[] body) => kind switch
    {
        0 => ("HTTP/1.1 204 No Content\r\n", []),
        1 => ("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n", []),
        2 => ("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n", Chunked(body, hasTrailers: false)),
        3 => ("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n", Chunked(body, hasTrailers: true)),
        4 => ($"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n", body),
        5 => ($"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 204 No Content\r\n", []),
        6 => ($"HTTP/1.1 299 Odd reason \u00e9\r\nSet-Cookie: a\r\nset-cookie: b\r\nEmpty:\r\nContent-Length: {body.Length}\r\n", body),
        7 => ($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n", body),
        8 => ("HTTP/1.1 200 OK\r\nConnection: close\r\n", body),
        _ => ($"HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: {body.Length}\r\n", body),
    };

    private static int Number(string parameter) => int.Parse(parameter.Split('=')[1], CultureInfo.InvariantCulture);

    private static int Sum(byte[] octets) => octets.Sum(octet => octet);

    public static int Size(Random random) => random.Next(4) switch
    {
        0 => 0,
        1 => random.Next(100),
        2 => random.Next(5_000),
        _ => random.Next(100_000),
    };

    private static byte[] Body(Random random, bool isCounted, int least)
    {
        var body = new byte[least + Size(random)];
        random.NextBytes(body);
        return isCounted ? body : Chunked(body, random.Next(2) == 0);
    }

    private static byte[] Chunked(byte[] body, bool hasTrailers) =>
    [
        .. body.Chunk(7_000).SelectMany(chunk =>
            Encoding.Latin1.GetBytes($"{chunk.Length:x}{(hasTrailers ? ";ext=\"1\"" : "")}\r\n").Concat(chunk).Concat("\r\n"u8.ToArray())),
        .. Encoding.Latin1.GetBytes(hasTrailers ? "0\r\nX-Sum: 1\r\nx-more: \u00e9\r\n\r\n" : "0\r\n\r\n"),
    ];
}
