using System.Buffers;

namespace Parallax.Traffic.Rewriting;

/// <summary>Gives a head whose lines end in lone LFs, or are folded, the form that every reader reads alike.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class OldLines
{
    /// <summary>Writes a head with CRLF after every line, and a space where one was folded (RFC 9112 §5.2).</summary>
    /// <param name="head">The head, blank line included.</param>
    /// <param name="output">Where to; appended.</param>
    public static void WriteWhole(ReadOnlySpan<byte> head, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        while (head.IndexOf((byte)'\n') is var end and >= 0)
        {
            var line = head[..end];
            head = head[(end + 1)..];
            output.Write(line.EndsWith("\r"u8) ? line[..^1] : line);
            var isFolded = !head.IsEmpty && head[0] is (byte)' ' or (byte)'\t';
            head = isFolded ? head.TrimStart(" \t"u8) : head;
            output.Write(isFolded ? " "u8 : "\r\n"u8);
        }

        output.Write(head);
    }
}
