using System.Globalization;
using System.Text;

namespace Parallax.Proxy.Tests.Forwarding;

/// <summary>A valid request at random, and a server that answers it as its target asks: with and without bodies, by length, chunked with
/// extensions and trailers, to the end of the connection, behind interim responses.</summary>
internal sealed record RandomExchange(byte[] Octets, bool IsHead)
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    private static readonly string[] OddValues = ["", "a, b", "\u00e9\u00ff", "\"quoted; \\\" text\"", "tab\there", "x=y; z"];

    // The last two end the connection.
    private const int Kinds = 10;

    public static RandomExchange Next(Random random, int number, bool mayClose)
    {
        var method = Methods[random.Next(Methods.Length)];
        var kind = random.Next(mayClose ? Kinds : Kinds - 2);
        var head = new StringBuilder($"{method} /{number}?kind={kind}&size={Size(random)} HTTP/1.1\r\nHost: a\r\n");
        for (var field = random.Next(10); field > 0; field--)
        {
            var value = random.Next(3) == 0 ? OddValues[random.Next(OddValues.Length)] : new string((char)('a' + field), random.Next(100));
            head.Append(CultureInfo.InvariantCulture, $"{(random.Next(2) == 0 ? "X" : "x")}-{field}: {value}\r\n");
        }

        if (method is not ("POST" or "PUT" or "PATCH"))
        {
            return new(Encoding.Latin1.GetBytes(head + "\r\n"), method == "HEAD");
        }

        var body = new byte[Size(random)];
        random.NextBytes(body);
        return new(
            random.Next(2) == 0
                ? [.. Encoding.Latin1.GetBytes($"{head}Content-Length: {body.Length}\r\n\r\n"), .. body]
                : [.. Encoding.Latin1.GetBytes($"{head}Transfer-Encoding: chunked\r\n\r\n"), .. Chunked(body, random.Next(2) == 0)],
            IsHead: false);
    }

    public static async Task ServeAsync(Wire wire)
    {
        while (await wire.ReadAsync() is { } request)
        {
            var query = request.Line.Split(' ')[1].Split('?')[1].Split('&');
            var kind = int.Parse(query[0].Split('=')[1], CultureInfo.InvariantCulture);
            var size = int.Parse(query[1].Split('=')[1], CultureInfo.InvariantCulture);

            // Filled with the sum of the request's body, so that a body that was changed shows.
            var body = new byte[size];
            Array.Fill(body, (byte)request.Body.Sum(octet => octet));
            var (head, content) = Answer(kind, body);
            var isHead = request.Line.StartsWith("HEAD", StringComparison.Ordinal);
            var trailers = request.Text.Contains("X-Sum: 1", StringComparison.Ordinal) ? "X-Had-Trailers: 1\r\n" : "";
            await wire.WriteAsync([.. Encoding.Latin1.GetBytes($"{head}{trailers}X-Kind: {kind}\r\n\r\n"), .. isHead ? [] : content]);
            if (kind >= Kinds - 2)
            {
                return;
            }
        }
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

    private static int Size(Random random) => random.Next(4) switch
    {
        0 => 0,
        1 => random.Next(100),
        2 => random.Next(5_000),
        _ => random.Next(100_000),
    };

    private static byte[] Chunked(byte[] body, bool hasTrailers) =>
    [
        .. body.Chunk(7_000).SelectMany(chunk =>
            Encoding.Latin1.GetBytes($"{chunk.Length:x}{(hasTrailers ? ";ext=\"1\"" : "")}\r\n").Concat(chunk).Concat("\r\n"u8.ToArray())),
        .. Encoding.Latin1.GetBytes(hasTrailers ? "0\r\nX-Sum: 1\r\nx-more: \u00e9\r\n\r\n" : "0\r\n\r\n"),
    ];
}
