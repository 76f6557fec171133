namespace Parallax.Recording.Entries;

/// <summary>The part of a stream that a reader is looking at: grows to what has to be seen at once, and no further.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class OctetWindow(Stream stream)
{
    private const int FirstCapacity = 1 << 17;

    private byte[] _buffer = new byte[FirstCapacity];
    private int _start;
    private int _end;

    /// <summary>Octets of the stream before the window.</summary>
    public long Position { get; private set; }

    /// <summary>How many octets are in the window.</summary>
    public int Length => _end - _start;

    /// <summary>True when the stream has no more octets than those in the window.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>The octets; valid until the next call of a method.</summary>
    public ReadOnlySpan<byte> Octets => _buffer.AsSpan(_start, _end - _start);

    /// <summary>The same, in their array.</summary>
    public ArraySegment<byte> Segment => new(_buffer, _start, _end - _start);

    /// <summary>Reads on until the window holds <paramref name="count"/> octets.</summary>
    /// <returns>False when the stream ends before that; the window holds all that is left then.</returns>
    public bool TryHold(int count)
    {
        while (Length < count && TryReadMore())
        {
        }

        return Length >= count;
    }

    /// <summary>Reads some more octets.</summary>
    /// <returns>False at the end of the stream.</returns>
    public bool TryReadMore()
    {
        if (IsAtEnd)
        {
            return false;
        }

        if (_start > 0 && (_start == _end || _end == _buffer.Length))
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        // Doubled only when full, so a length that lies costs no more than what is really there.
        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(_buffer.Length * 2L, Array.MaxLength));
        }

        var read = Read();
        _end += read;
        IsAtEnd = read == 0;
        return read > 0;
    }

    /// <summary>Goes on from another place of a stream that can be sought in.</summary>
    public void Seek(long position)
    {
        stream.Position = Position = position;
        (_start, _end, IsAtEnd) = (0, 0, false);
    }

    /// <summary>Gives the first <paramref name="count"/> octets up.</summary>
    public void Skip(int count)
    {
        _start += count;
        Position += count;
    }

    /// <summary>A damaged stream of a zip ends there: its HAR breaks off then.</summary>
    private int Read()
    {
        try
        {
            return stream.Read(_buffer, _end, _buffer.Length - _end);
        }
        catch (InvalidDataException)
        {
            return 0;
        }
    }
}
