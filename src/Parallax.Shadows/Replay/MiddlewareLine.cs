using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Parallax.Recording.Gor;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Replay;

/// <summary>A message on its way to the middleware.</summary>
/// <param name="Kind">Which message of the exchange.</param>
/// <param name="Number">The number of the request in the replay.</param>
/// <param name="Time">When its first octet was seen, in Unix nanoseconds.</param>
/// <param name="Duration">In nanoseconds.</param>
/// <param name="Message">Its octets; one reference is held.</param>
internal readonly record struct MiddlewareLine(GorKind Kind, long Number, long Time, long Duration, Message Message) : IDisposable
{
    //  line = hex(kind SP id SP time SP duration LF payload) LF        lower-case hex; the line of a record of a .gor file before it

    // Hex of a piece stands in memory twice as large.
    private const int PieceBytes = 16 << 10;

    /// <summary>What it counts while it waits.</summary>
    public long Bytes => Message.RawOctets;

    /// <summary>Writes the line.</summary>
    public void WriteTo(Stream stream, byte[] buffer)
    {
        var length = Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{(char)Kind} {Number:x24} {Time} {Duration}\n"), buffer.AsSpan(0, 128));
        var head = buffer.AsSpan(0, length).ToArray();
        WriteHex(stream, head, buffer);
        foreach (var block in Message.Blocks)
        {
            WriteHex(stream, block.Span, buffer);
        }

        stream.Write("\n"u8);
    }

    /// <summary>Reads a line.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <param name="kind">Which message it holds.</param>
    /// <param name="number">The number of the request; 0 when it is none of ours.</param>
    /// <param name="payload">The message.</param>
    /// <returns>False when the line is not a message.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, out GorKind kind, out long number, out byte[] payload)
    {
        (kind, number, payload) = (default, 0, []);
        var octets = ArrayPool<byte>.Shared.Rent((line.Length / 2) + 1);
        try
        {
            if (Convert.FromHexString(line.TrimEnd((byte)'\r'), octets, out _, out var length) != OperationStatus.Done
                || !GorRecord.TryRead(octets.AsSpan(0, length), out var record) || record.Payload.IsEmpty)
            {
                return false;
            }

            kind = record.Kind;
            payload = kind == GorKind.Request ? record.Payload.ToArray() : payload;
            number = Utf8Parser.TryParse(record.Id, out long read, out var consumed, 'x') && consumed == record.Id.Length ? read : 0;
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Message.Dispose();

    private static void WriteHex(Stream stream, ReadOnlySpan<byte> octets, byte[] buffer)
    {
        while (!octets.IsEmpty)
        {
            var piece = octets[..Math.Min(octets.Length, PieceBytes)];
            Convert.TryToHexStringLower(piece, buffer, out var written);
            stream.Write(buffer.AsSpan(0, written));
            octets = octets[piece.Length..];
        }
    }

    /// <summary>A buffer for <see cref="WriteTo"/>.</summary>
    public static byte[] NewBuffer() => new byte[2 * PieceBytes];
}
