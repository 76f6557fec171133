using System.Buffers;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Matching;

/// <summary>A head on its way from original to copy: what is not asked for otherwise is copied octet for octet.</summary>
/// <param name="octets">The original.</param>
/// <param name="position">Octets before it are left out.</param>
/// <param name="output">The copy.</param>
internal ref struct HeadCopy(ReadOnlySpan<byte> octets, int position, IBufferWriter<byte> output)
{
    private int _position = position;

    /// <summary>The original.</summary>
    public ReadOnlySpan<byte> Octets { get; } = octets;

    /// <summary>The copy.</summary>
    public IBufferWriter<byte> Output { get; } = output;

    /// <summary>Where the line that ends a head of <paramref name="length"/> octets begins.</summary>
    public static int StartOfBlankLine(ReadOnlySpan<byte> octets, int length) => octets[..(length - 1)].LastIndexOf((byte)'\n') + 1;

    /// <summary>Copies up to, and not including, <paramref name="offset"/> of the original.</summary>
    public void CopyTo(int offset)
    {
        if (offset > _position)
        {
            Output.Write(Octets[_position..offset]);
            _position = offset;
        }
    }

    /// <summary>Leaves everything up to <paramref name="offset"/> out.</summary>
    public void SkipTo(int offset) => _position = Math.Max(_position, offset);

    /// <summary>Leaves a field line out, with the whitespace before its name and the folds behind it.</summary>
    public void DropLine(in HeaderField field)
    {
        CopyTo(Octets[..field.Name.Start].LastIndexOf((byte)'\n') + 1);
        SkipTo(EndOfLine(field));
    }

    /// <summary>Copies a field line with another value; the line's end is kept, folds are not.</summary>
    public void ReplaceValue(in HeaderField field, ReadOnlySpan<byte> value)
    {
        var lineEnd = EndOfLine(field);
        var isCrLf = lineEnd >= 2 && Octets[lineEnd - 2] == (byte)'\r';
        CopyTo(field.Name.End);
        Output.Write(": "u8);
        Output.Write(value);
        SkipTo(lineEnd - (isCrLf ? 2 : 1));
    }

    /// <summary>Writes a line that is not in the original.</summary>
    public readonly void AddLine(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Output.Write(name);
        Output.Write(": "u8);
        Output.Write(value);
        Output.Write("\r\n"u8);
    }

    // The offset behind the LF of a field's last line; a line that begins with whitespace still belongs to it (RFC 9112 §5.2).
    private readonly int EndOfLine(in HeaderField field)
    {
        var at = Math.Max(field.Name.End, field.Value.End);
        do
        {
            at += Octets[at..].IndexOf((byte)'\n') + 1;
        }
        while (at < Octets.Length && Octets[at] is (byte)' ' or (byte)'\t');

        return at;
    }
}
