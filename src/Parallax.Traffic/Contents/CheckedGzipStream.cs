using System.Buffers.Binary;
using System.IO.Compression;

namespace Parallax.Traffic.Contents;

/// <summary>Uncompresses a gzip stream of any number of members (RFC 1952), and says when it is damaged or breaks off.</summary>
/// <remarks>
/// <see cref="GZipStream"/> takes a stream that was cut for one that ended, passes over what is not a member silently, and gives nothing of
/// the call in which it meets damage. Here everything in front of the damage is given. Where the compressed data of a member ends only its
/// trailer shows: it is looked for in the piece that was handed in last. Thread safety: none.
/// </remarks>
public sealed class CheckedGzipStream : Stream
{
    // | 1F 8B | method (8) | flags (8) | time (32) | extra flags (8) | system (8) | extra | name, 0 | comment, 0 | CRC (16) |
    // | compressed data | CRC-32 (32) | octets, modulo 2³² (32) |
    private const int TrailerLength = 8;

    /// <summary>What is lost when a call meets damage is less than this.</summary>
    private const int StepBytes = 1024;

    private readonly Stream _compressed;
    private readonly GzipPieces _pieces;
    private readonly bool _leaveOpen;
    private DeflateStream? _member;
    private uint _sum;
    private uint _length;

    /// <summary>Uncompresses a stream.</summary>
    /// <param name="compressed">What is left of it; disposed of with this unless <paramref name="leaveOpen"/> is true.</param>
    /// <param name="begun">What was read of it already, in front of what is left.</param>
    /// <param name="leaveOpen">True when the caller disposes of it.</param>
    public CheckedGzipStream(Stream compressed, ReadOnlySpan<byte> begun, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(compressed);
        _compressed = compressed;
        _pieces = new(compressed, begun);
        _leaveOpen = leaveOpen;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>What is wrong with the stream, for people; null while nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Octets of the file after the last member, which were not read.</summary>
    public long LeftOut { get; private set; }

    /// <summary>Reads some octets; 0 at the end, or where the stream is damaged.</summary>
    /// <param name="buffer">Where to.</param>
    public override int Read(Span<byte> buffer)
    {
        while (Problem is null)
        {
            if (_member is null && !TryBeginMember())
            {
                return 0;
            }

            var read = Inflate(buffer[..Math.Min(buffer.Length, StepBytes)]);
            if (read > 0)
            {
                _sum = Crc32.Add(_sum, buffer[..read]);
                _length = unchecked(_length + (uint)read);
                return read;
            }

            EndMember();
        }

        return 0;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _member?.Dispose();
            if (!_leaveOpen)
            {
                _compressed.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private int Inflate(Span<byte> room)
    {
        try
        {
            return _member!.Read(room);
        }
        catch (InvalidDataException)
        {
            Problem = "its gzip stream is damaged";
            return 0;
        }
    }

    private bool TryBeginMember()
    {
        var header = _pieces.Peek(2);
        if (header.IsEmpty)
        {
            return false;
        }

        if (header is not [0x1F, 0x8B])
        {
            LeaveOutRest();
            return false;
        }

        if (!TryPassHeader())
        {
            Problem ??= "its gzip stream breaks off";
            return false;
        }

        (_sum, _length) = (0, 0);
        _member = new(_pieces, CompressionMode.Decompress, leaveOpen: true);
        return true;
    }

    private bool TryPassHeader()
    {
        const int Fixed = 10, Method = 2, Deflate = 8, Flags = 3, HasSum = 2, HasExtra = 4, HasName = 8, HasComment = 16, Reserved = 0xE0;
        var header = _pieces.Peek(Fixed);
        if (header.Length < Fixed)
        {
            return false;
        }

        var flags = header[Flags];
        if (header[Method] != Deflate || (flags & Reserved) != 0)
        {
            Problem = "its gzip stream is damaged: a member is compressed in an unknown way";
            return false;
        }

        _pieces.Pass(Fixed);
        if ((flags & HasExtra) != 0)
        {
            var length = _pieces.Peek(2);
            if (length.Length < 2)
            {
                return false;
            }

            int extra = BinaryPrimitives.ReadUInt16LittleEndian(length);
            for (var left = extra + 2; left > 0; left--)
            {
                _pieces.Pass(_pieces.Peek(1).Length);
            }
        }

        return ((flags & HasName) == 0 || PassText()) && ((flags & HasComment) == 0 || PassText())
            && ((flags & HasSum) == 0 || _pieces.Pass(2));
    }

    private bool PassText()
    {
        while (_pieces.Peek(1) is [var octet])
        {
            _pieces.Pass(1);
            if (octet == 0)
            {
                return true;
            }
        }

        return false;
    }

    private void EndMember()
    {
        _member?.Dispose();
        _member = null;
        if (Problem is not null)
        {
            return;
        }

        Span<byte> trailer = stackalloc byte[TrailerLength];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _sum);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[sizeof(uint)..], _length);
        if (!_pieces.GoBehind(trailer))
        {
            Problem = _pieces.IsAtEnd
                ? "its gzip stream breaks off, or its checksum is wrong"
                : "its gzip stream is damaged: the checksum is not that of the octets";
        }
    }

    /// <summary>Zeros are padding, as tapes and block devices leave it; anything else was meant to be read.</summary>
    private void LeaveOutRest()
    {
        var hasOctets = false;
        while (_pieces.Peek(1) is [var octet])
        {
            hasOctets |= octet != 0;
            LeftOut++;
            _pieces.Pass(1);
        }

        Problem = hasOctets ? "something other than gzip follows its gzip stream" : null;
        LeftOut = hasOctets ? LeftOut : 0;
    }
}
