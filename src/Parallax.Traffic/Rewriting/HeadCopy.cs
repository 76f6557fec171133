using System.Buffers;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>A head on its way from original to copy: what is not asked for otherwise is copied octet for octet.</summary>
/// <remarks>As a rule the output is asked for room once; <see cref="Flush"/> tells it how much was written.</remarks>
internal ref struct HeadCopy
{
    // What a head commonly gains: own address, marks, identifier.
    private const int CommonGrowth = 512;

    private readonly IBufferWriter<byte> _output;
    private Span<byte> _room;
    private int _written;
    private int _position;

    /// <param name="octets">The original.</param>
    /// <param name="head">What it says.</param>
    /// <param name="output">The copy.</param>
    public HeadCopy(ReadOnlySpan<byte> octets, MessageHead head, IBufferWriter<byte> output)
    {
        Octets = octets;
        _output = output;
        _position = head.Start;
        _room = output.GetSpan(head.Length + CommonGrowth);
    }

    /// <summary>The original.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>Where the line that ends a head of <paramref name="length"/> octets begins.</summary>
    public static int StartOfBlankLine(ReadOnlySpan<byte> octets, int length) => octets[..(length - 1)].LastIndexOf((byte)'\n') + 1;

    /// <summary>Writes octets that are not in the original, after what was copied.</summary>
    public void Write(scoped ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(Room(octets.Length));
        _written += octets.Length;
    }

    /// <summary>Writes characters as ISO 8859-1.</summary>
    public void Write(ReadOnlySpan<char> characters) =>
        _written += System.Text.Encoding.Latin1.GetBytes(characters, Room(characters.Length));

    /// <summary>Copies up to, and not including, <paramref name="offset"/> of the original.</summary>
    public void CopyTo(int offset)
    {
        if (offset > _position)
        {
            Write(Octets[_position..offset]);
            _position = offset;
        }
    }

    /// <summary>Leaves everything up to <paramref name="offset"/> out.</summary>
    public void SkipTo(int offset) => _position = Math.Max(_position, offset);

    /// <summary>Leaves a field line out, with the whitespace before its name and the folds after it.</summary>
    public void DropLine(in HeaderField field)
    {
        CopyTo(Octets[..field.Name.Start].LastIndexOf((byte)'\n') + 1);
        SkipTo(EndOfLine(field));
    }

    /// <summary>Copies a field line with another value; the line's end is kept, folds are not.</summary>
    public void ReplaceValue(in HeaderField field, scoped ReadOnlySpan<byte> value)
    {
        var lineEnd = EndOfLine(field);
        var isCrLf = lineEnd >= 2 && Octets[lineEnd - 2] == (byte)'\r';
        CopyTo(field.Name.End);
        Write(": "u8);
        Write(value);
        SkipTo(lineEnd - (isCrLf ? 2 : 1));
    }

    /// <summary>Copies a field line up to its value and leaves the value out: what is written next takes its place.</summary>
    public void BeginValue(in HeaderField field)
    {
        // The place of an empty value is after the CR.
        if (field.Value.IsEmpty)
        {
            ReplaceValue(field, default);
            return;
        }

        CopyTo(field.Value.Start);
        SkipTo(field.Value.End);
    }

    /// <summary>Writes a line that is not in the original.</summary>
    public void AddLine(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        Write(name);
        Write(": "u8);
        Write(value);
        Write("\r\n"u8);
    }

    /// <summary>Hands over what was written.</summary>
    public void Flush()
    {
        _output.Advance(_written);
        _room = default;
        _written = 0;
    }

    private Span<byte> Room(int length)
    {
        if (_room.Length - _written < length)
        {
            Flush();
            _room = _output.GetSpan(length + CommonGrowth);
        }

        return _room[_written..];
    }

    // The offset after the LF of a field's last line; a line that begins with whitespace still belongs to it (RFC 9112 §5.2).
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
