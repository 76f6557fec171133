using Parallax.Fuzz.Engine;
using Parallax.Recording.Gor;
using Parallax.Shadows.Replay;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Fuzz.Targets;

/// <summary>Lines that a middleware hands back: what is read of one and written again is read the same.</summary>
internal static class MiddlewareTarget
{
    public static FuzzTarget Make() => new()
    {
        Name = "middleware",
        Seeds =
        [
            Line("1 00000000000000000000000f 1700000000000000000 0\nGET / HTTP/1.1\r\n\r\n"u8),
            Line("2 00000000000000000000000f 1700000000000000000 5\nHTTP/1.1 200 OK\r\n\r\n"u8),
            Line("3 7fffffffffffffff 0\n\n"u8),
        ],
        Words = ["31", "20", "0a", "0A", "\r", "zz", "66", "2d31"],
        MaxInputBytes = 2 << 10,
        Run = Run,
    };

    private static readonly OctetPool Pool = new();

    private static void Run(byte[] input, Outcome outcome)
    {
        var isRead = MiddlewareLine.TryRead(input, out var kind, out var number, out var payload);
        outcome.Add(isRead ? (int)kind : 0);
        outcome.Add(number == 0 ? 0 : 1);
        outcome.AddCount(payload.Length);
        if (!isRead || kind != GorKind.Request)
        {
            return;
        }

        var builder = default(MessageBuilder);
        builder.Begin(Pool, MessageKind.Request);
        builder.Append(payload);
        var written = new MemoryStream();
        using var sent = new MiddlewareLine(kind, number, 1, 2, builder.Seal(MessageState.Complete));
        sent.WriteTo(written, MiddlewareLine.NewBuffer());
        var line = written.ToArray().AsSpan().TrimEnd((byte)'\n');
        Require.That(
            MiddlewareLine.TryRead(line, out var kindAgain, out var numberAgain, out var payloadAgain),
            "what was written is not read");
        Require.That(kind == kindAgain && payload.AsSpan().SequenceEqual(payloadAgain), "another message");
        Require.That(number == numberAgain, $"number {number} became {numberAgain}");
    }

    private static byte[] Line(ReadOnlySpan<byte> plain) => System.Text.Encoding.ASCII.GetBytes(Convert.ToHexStringLower(plain));
}
