using System.Buffers.Text;

namespace Parallax.Recording.Gor;

/// <summary>Which message a record of a .gor file holds.</summary>
public enum GorKind : byte
{
    /// <summary>A request, GoReplay's type 1.</summary>
    Request = (byte)'1',

    /// <summary>The response of production, type 2.</summary>
    Response = (byte)'2',

    /// <summary>The response of the target of a replay, type 3.</summary>
    ShadowResponse = (byte)'3',
}

/// <summary>One record of a .gor file.</summary>
/// <remarks>Thread safety: a stack-only value.</remarks>
public readonly ref struct GorRecord
{
    //  record = kind SP id SP time [SP duration] LF payload LF monkeys LF
    //  Times are decimal nanoseconds. The duration is that of the message, from its first packet to its last; old files lack it.

    /// <summary>What ends a record. A payload that holds it cannot be carried.</summary>
    public static ReadOnlySpan<byte> Separator => "\n🐵🙈🙉\n"u8;

    /// <summary>Which message it holds.</summary>
    public GorKind Kind { get; init; }

    /// <summary>The id of the exchange, hexadecimal digits.</summary>
    public ReadOnlySpan<byte> Id { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public long Time { get; init; }

    /// <summary>Null where the field is missing.</summary>
    public long? Duration { get; init; }

    /// <summary>The octets of the message, as they were.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>Reads a record.</summary>
    /// <param name="octets">Everything up to its separator.</param>
    /// <param name="record">Views over <paramref name="octets"/>.</param>
    /// <returns>False when its first line is not that of a record.</returns>
    public static bool TryRead(ReadOnlySpan<byte> octets, out GorRecord record)
    {
        record = default;
        var lineEnd = octets.IndexOf((byte)'\n');
        var line = lineEnd < 0 ? octets : octets[..lineEnd];
        var kind = Take(ref line);
        var id = Take(ref line);
        var time = Take(ref line);
        if (kind.Length != 1 || kind[0] is < (byte)GorKind.Request or > (byte)GorKind.ShadowResponse || id.IsEmpty || time.IsEmpty)
        {
            return false;
        }

        record = new()
        {
            Kind = (GorKind)kind[0],
            Id = id,
            Time = NumberIn(time) ?? 0,
            Duration = NumberIn(Take(ref line)),
            Payload = lineEnd < 0 ? default : octets[(lineEnd + 1)..],
        };
        return true;
    }

    private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> line)
    {
        var space = line.IndexOf((byte)' ');
        var word = space < 0 ? line : line[..space];
        line = space < 0 ? default : line[(space + 1)..];
        return word;
    }

    private static long? NumberIn(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long number, out var consumed) && consumed == text.Length ? number : null;
}
