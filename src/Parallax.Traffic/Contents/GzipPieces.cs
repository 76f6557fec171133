namespace Parallax.Traffic.Contents;

/// <summary>A compressed stream, handed on in pieces of which the last can be looked at again.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class GzipPieces : Stream
{
    private const int PieceBytes = 16 << 10;

    private readonly Stream _compressed;
    private byte[] _octets = new byte[PieceBytes + 16];
    private int _next;
    private int _end;

    /// <summary>Where the piece that was handed on last begins; what is after <see cref="_next"/> was not handed on.</summary>
    private int _handed;

    public GzipPieces(Stream compressed, ReadOnlySpan<byte> begun)
    {
        _compressed = compressed;
        _octets = new byte[Math.Max(PieceBytes, begun.Length) + 16];
        begun.CopyTo(_octets);
        _end = begun.Length;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    /// <summary>True when nothing follows.</summary>
    public bool IsAtEnd => Peek(1).IsEmpty;

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The next <paramref name="count"/> octets, a few; fewer at the end.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        while (_end - _next < count && Fill())
        {
        }

        return _octets.AsSpan(_next, Math.Min(count, _end - _next));
    }

    /// <summary>Passes over what <see cref="Peek"/> showed; false when there are not as many.</summary>
    public bool Pass(int count)
    {
        var isThere = Peek(count).Length == count;
        _next += isThere ? count : 0;
        return isThere;
    }

    /// <summary>Goes on after <paramref name="trailer"/>, which begins in the piece handed on last or right after it.</summary>
    /// <returns>False when it is not there.</returns>
    public bool GoBehind(ReadOnlySpan<byte> trailer)
    {
        while (_octets.AsSpan(_handed, _end - _handed).IndexOf(trailer) < 0)
        {
            if (_end - _next >= trailer.Length || !Fill())
            {
                return false;
            }
        }

        // The trailer of a member without octets is all zeros, as the end of its data is.
        var at = _handed + _octets.AsSpan(_handed, _end - _handed).IndexOf(trailer);
        while (_octets.AsSpan(at + 1, _end - at - 1).StartsWith(trailer))
        {
            at++;
        }

        _next = at + trailer.Length;
        return true;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_next == _end)
        {
            _handed = _next = _end = 0;
            Fill();
        }

        var count = Math.Min(buffer.Length, _end - _next);
        if (count > 0)
        {
            _octets.AsSpan(_next, count).CopyTo(buffer);
            _handed = _next;
            _next += count;
        }

        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private bool Fill()
    {
        if (_end == _octets.Length)
        {
            // What is in front of the last piece is done with.
            var done = Math.Min(_handed, _next);
            _octets.AsSpan(done, _end - done).CopyTo(_octets);
            (_handed, _next, _end) = (_handed - done, _next - done, _end - done);
            if (done == 0)
            {
                Array.Resize(ref _octets, _octets.Length * 2);
            }
        }

        var read = _compressed.Read(_octets, _end, _octets.Length - _end);
        _end += read;
        return read > 0;
    }
}
