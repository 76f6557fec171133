using Parallax.Recording.Entries;

namespace Parallax.Recording.Plx;

/// <summary>Walks the blocks of a .plx file whose checksums are right, and finds its place again after anything else.</summary>
/// <remarks>Memory: the largest block. Thread safety: none.</remarks>
internal sealed class PlxScanner
{
    private readonly OctetWindow _window;
    private readonly string _name;
    private uint? _tag;
    private int _blockBytes;
    private long _nextEntry;

    /// <summary>Reads the file's header.</summary>
    /// <param name="stream">The file, from its first octet on.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="RecordingException">The format has another version.</exception>
    public PlxScanner(Stream stream, string name)
    {
        _window = new(stream);
        _name = name;
        _window.TryHold(PlxFileHeader.Length);
        var status = PlxFileHeader.TryRead(_window.Octets, out var header, out var version);
        if (status == PlxStatus.OtherVersion)
        {
            throw new RecordingException(
                $"{name}: is of version {version} of the format; this program reads version {PlxFileHeader.MajorVersion}");
        }

        if (status == PlxStatus.Ok)
        {
            Header = header;
            _tag = header.Tag;
            _window.Skip(PlxFileHeader.Length);
        }
    }

    /// <summary>The file's header; null when it is damaged.</summary>
    public PlxFileHeader? Header { get; }

    /// <summary>Bytes that belong to no whole block, or to one with a wrong checksum.</summary>
    public long LeftOutBytes { get; private set; }

    /// <summary>Entries in blocks left out, as far as the blocks after them tell.</summary>
    public long LostEntries { get; private set; }

    /// <summary>Blocks walked.</summary>
    public long Blocks { get; private set; }

    /// <summary>Bytes read of the file.</summary>
    public long Position => _window.Position;

    /// <summary>Where the block reached begins in the file.</summary>
    public long BlockOffset { get; private set; }

    /// <summary>True once the footer of a file that was closed was met.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Reads on where it is, after somebody else used the stream.</summary>
    public void Resume() => _window.Seek(_window.Position);

    /// <summary>Goes on with a block that is known from the index; what is between is not looked at, and not missed.</summary>
    public void Seek(in PlxIndexRow row)
    {
        _blockBytes = 0;
        _nextEntry = row.FirstEntry;
        if (_window.Position != row.Offset)
        {
            _window.Seek(row.Offset);
        }
    }

    /// <summary>Goes on to the next whole block.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="stored">Its stored octets; valid until the next call.</param>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="RecordingException">A block is larger than what this process has the memory for.</exception>
    public bool TryNext(out PlxBlockHeader header, out ArraySegment<byte> stored)
    {
        _window.Skip(_blockBytes);
        _blockBytes = 0;
        while (true)
        {
            _window.TryHold(PlxBlockHeader.Length);
            if (_window.Length == 0)
            {
                (header, stored) = (default, default);
                return false;
            }

            if (PlxBlockHeader.TryRead(_window.Octets, out header) == PlxStatus.Ok && header.Tag == (_tag ?? header.Tag))
            {
                if (TryTake(header, out stored))
                {
                    return true;
                }
            }
            else if (PlxFooter.IsAt(_window.Octets, out var tag, out _) && tag == (_tag ?? tag))
            {
                IsClosed = true;
                _window.Skip(PlxFooter.Length);
            }
            else
            {
                LeaveOut(DistanceToNext());
            }
        }
    }

    /// <summary>The header is right, so its lengths can be trusted.</summary>
    private bool TryTake(in PlxBlockHeader header, out ArraySegment<byte> stored)
    {
        var whole = PlxBlockHeader.Length + header.StoredLength;
        stored = default;
        if (Math.Max(header.StoredLength, header.PlainLength) is var content && content > RecordingLimits.MaxBlockBytes)
        {
            throw new RecordingException($"{_name}: has a block of {content >> 20} MiB at byte {_window.Position}; with this memory blocks "
                + $"of {RecordingLimits.MaxBlockBytes >> 20} MiB are read: give it more (--memory-limit, or the container's limit)");
        }

        if (!_window.TryHold(whole))
        {
            LeaveOut(DistanceToNext());
            return false;
        }

        stored = _window.Segment.Slice(PlxBlockHeader.Length, header.StoredLength);
        if (Crc32C.Of(stored) != header.StoredCrc)
        {
            LeaveOut(whole);
            return false;
        }

        _tag ??= header.Tag;
        _blockBytes = whole;
        BlockOffset = _window.Position;
        Blocks++;
        LostEntries += Math.Max(0, header.FirstEntry - _nextEntry);
        _nextEntry = Math.Max(_nextEntry, header.FirstEntry + (header.Kind == PlxBlockKind.Entries ? header.Entries : 0));
        return true;
    }

    private void LeaveOut(int bytes)
    {
        LeftOutBytes += bytes;
        _window.Skip(bytes);
    }

    /// <summary>How many octets are before the next that could begin a block or the footer; 1 at least.</summary>
    private int DistanceToNext()
    {
        // Both magics begin alike.
        var common = PlxBlockHeader.Magic[..3];
        var at = _window.Octets[1..].IndexOf(common);
        return at >= 0 ? at + 1
            : _window.IsAtEnd ? _window.Length
            : Math.Max(1, _window.Length - common.Length + 1);
    }
}
