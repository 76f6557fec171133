using System.Globalization;
using System.Text;
using Parallax.Fuzz.Engine;
using Parallax.Wire.Http1;

namespace Parallax.Fuzz.Targets;

/// <summary>HTTP/1 messages of one direction: the events are the same however the octets are cut. The first octet says which direction and
/// which policy.</summary>
internal static class HttpTarget
{
    // A reader that has lost its place looks at the beginnings of pieces, so only one that does not can be held to it.
    private static readonly Http1Policy[] Policies =
    [
        Http1Policy.Passive with { Resynchronises = false },
        Http1Policy.Active,
        Http1Policy.Relayed,
        Http1Policy.Active with { RawTargets = true, RequiresHost = false },
    ];

    public static FuzzTarget Make() => new()
    {
        Name = "http",
        Seeds = [.. Messages().SelectMany(text => Enumerable.Range(0, 8).Select(kind => Seed(kind, text)))],
        Words =
        [
            "\r\n", "\n", "\r", "\r\n\r\n", "\r\n ", "\t", ":", ";", ",", "0\r\n\r\n", "5\r\nhello\r\n", "FFFFFFFFFFFFFFFF", "HTTP/1.1",
            "HTTP/1.0", "Content-Length: ", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n",
            "Transfer-Encoding: gzip, chunked\r\n", "Host: a\r\n", "Connection: close\r\n", "Connection: upgrade\r\n", "Upgrade: h2c\r\n",
            "Expect: 100-continue\r\n", "HTTP/1.1 101 x\r\n", "CONNECT a:1 ", "; a=\"\\\"\"", "+5", "0x5", "HEAD ", "\u0085", "\0",
        ],
        Run = Run,
    };

    private static void Run(byte[] input, Outcome outcome)
    {
        if (input.Length < 2)
        {
            return;
        }

        var kind = (MessageKind)(input[0] & 1);
        var policy = Policies[(input[0] >> 1) % Policies.Length];
        var octets = input[1..];
        var whole = Read(kind, policy, octets, octets.Length, outcome);
        foreach (var step in (int[])[1, 3, 64])
        {
            Require.Same(whole, Read(kind, policy, octets, step, new()), $"in steps of {step}");
        }

        ReadWithGaps(kind, octets);
    }

    private static string Read(MessageKind kind, Http1Policy policy, byte[] octets, int step, Outcome outcome)
    {
        var text = new StringBuilder();
        var reader = new MessageReader(kind, policy);
        for (var at = 0; at < octets.Length; at += step)
        {
            Feed(reader, octets.AsSpan(at, Math.Min(step, octets.Length - at)), text, outcome);
        }

        Take(reader.Finish(), reader, text, outcome);
        return text.ToString();
    }

    private static void Feed(MessageReader reader, ReadOnlySpan<byte> octets, StringBuilder text, Outcome outcome)
    {
        for (var steps = 0; ; steps++)
        {
            var before = octets.Length;
            var read = reader.Read(octets, out var consumed);
            Require.That(consumed >= 0 && consumed <= octets.Length, "consumed more than there is");
            octets = octets[consumed..];
            Take(read, reader, text, outcome);
            Require.That(steps < 100 + (8 * before) + (1 << 16), "no end of events");
            if (read.Kind == ReadEventKind.NeedMore)
            {
                Require.That(octets.IsEmpty, "it needs more and leaves some");
                return;
            }
        }
    }

    private static void Take(ReadEvent read, MessageReader reader, StringBuilder text, Outcome outcome)
    {
        switch (read.Kind)
        {
            case ReadEventKind.Head:
                outcome.Add(reader.Head.StatusCode / 100);
                outcome.AddCount(reader.Head.FieldCount);
                Require.That(read.RawOctets.Length == reader.Head.Length, "a head of another length");
                text.Append(CultureInfo.InvariantCulture, $"\nHead {reader.Head.Length} {reader.Head.FieldCount} {reader.Head.KeepAlive} ")
                    .Append(Encoding.Latin1.GetString(read.RawOctets)).Append("Body ");
                break;
            case ReadEventKind.Body:
                text.Append(Encoding.Latin1.GetString(read.ContentOctets));
                break;
            case ReadEventKind.End:
                outcome.Add(reader.IsIncomplete ? 8 : 9);
                text.Append(CultureInfo.InvariantCulture, $"\nEnd {reader.IsIncomplete} {reader.IsBroken} ")
                    .Append(CultureInfo.InvariantCulture, $"{reader.BodyOctets} {reader.BodyFraming}\n");
                break;
            case ReadEventKind.Malformed:
                outcome.Add(16 + (int)reader.Error);
                text.Append(CultureInfo.InvariantCulture, $"\nMalformed {reader.Error}\n");
                break;
            case ReadEventKind.Opaque:
                outcome.Add(10);
                text.Append(Encoding.Latin1.GetString(read.RawOctets));
                break;
        }
    }

    /// <summary>As a capture reads that has lost packets: only the account must come out.</summary>
    private static void ReadWithGaps(MessageKind kind, byte[] octets)
    {
        var reader = new MessageReader(kind, Http1Policy.Passive);
        var text = new StringBuilder();
        for (var at = 0; at < octets.Length; at += 40)
        {
            Feed(reader, octets.AsSpan(at, Math.Min(30, octets.Length - at)), text, new());
            reader.SkipGap(octets[at] < 200 ? 10 : long.MaxValue / 2);
        }

        Take(reader.Finish(), reader, text, new());
    }

    private static byte[] Seed(int kind, string text) => [(byte)kind, .. Encoding.Latin1.GetBytes(text)];

    private static string[] Messages() =>
    [
        "GET /a?b HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\nPOST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",

        "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\nhello\r\n0\r\nT: u\r\n\r\n"
            + "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close, upgrade\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.0 304\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc",
        "HTTP/1.1 200 OK\nA: b\n c\nTransfer-Encoding: gzip\n\nuntil close",
    ];
}
