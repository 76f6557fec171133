using Parallax.Recording.Entries;

namespace Parallax.Recording.Plx;

/// <summary>Reads a .plx file: also one that is damaged, torn, or still being written.</summary>
/// <remarks>Memory: the largest block, stored and plain. Thread safety: none.</remarks>
public sealed class PlxReader : IRecordingReader
{
    private readonly Stream _stream;
    private readonly string _name;
    private readonly PlxScanner _scanner;
    private byte[] _plain = [];
    private ArraySegment<byte> _content;
    private int _entriesLeft;
    private long _damagedBytes;
    private long _damagedEntries;
    private bool _ended;

    // The blocks to be read, and how many of them were; null reads every block there is.
    private readonly List<PlxIndexRow>? _plan;
    private int _planned;

    /// <summary>Reads the file's header.</summary>
    /// <param name="stream">The file, from its first octet on; disposed of with the reader.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <exception cref="RecordingException">The format has another version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public PlxReader(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        _name = name;
        _scanner = new(stream, name);
    }

    /// <summary>Reads the blocks of a file that hold exchanges of a time, and no others. A file without an index at its end is read
    /// whole.</summary>
    /// <param name="stream">The file, which can be sought in; disposed of with the reader.</param>
    /// <param name="name">What it is called in messages.</param>
    /// <param name="range">Exchanges that began in it are read, and their neighbours.</param>
    /// <exception cref="RecordingException">The format has another version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public PlxReader(Stream stream, string name, TimeRange range)
        : this(stream, name)
    {
        if (!range.IsUnbounded)
        {
            _plan = PlxIndex.ReadStored(stream)?.Rows.Where(row => range.MayContain(row.Earliest, row.Latest)).ToList();
            _scanner.Resume();
        }
    }

    /// <summary>The file's header; null when it is damaged.</summary>
    public PlxFileHeader? Header => _scanner.Header;

    /// <inheritdoc/>
    public long ReadBytes => _scanner.Position;

    /// <inheritdoc/>
    public RecordingLosses Losses => new(_scanner.LeftOutBytes + _damagedBytes, _scanner.LostEntries + _damagedEntries);

    /// <summary>True once the end of the file was read and the file had been closed as it should be.</summary>
    public bool WasClosed => _scanner.IsClosed || _plan is not null;

    /// <summary>Blocks read.</summary>
    public long Blocks => _scanner.Blocks;

    /// <summary>Entries read.</summary>
    public long Entries { get; private set; }

    /// <inheritdoc/>
    public bool TryRead(out RecordedEntry entry)
    {
        while (true)
        {
            while (_content.Count > 0)
            {
                if (TryReadFromContent(out entry))
                {
                    Entries++;
                    return true;
                }
            }

            if (_ended || !TryNextBlock())
            {
                _ended = true;
                entry = default;
                CheckThatItIsARecording();
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>False when what came was no exchange, or damaged: then nothing of the block is left.</summary>
    private bool TryReadFromContent(out RecordedEntry entry)
    {
        ReadOnlySpan<byte> rest = _content;
        entry = default;
        var isFramed = PlxEntry.TryUnframe(ref rest, out var kind, out var payload);
        if (!isFramed || (kind == PlxEntry.ExchangeKind && !PlxEntry.TryDecode(payload, out entry)))
        {
            _damagedBytes += _content.Count;
            _content = default;
            return false;
        }

        _entriesLeft--;
        _content = _content[^rest.Length..];
        return kind == PlxEntry.ExchangeKind;
    }

    private bool TryNextBlock()
    {
        // Those that the block before was said to hold, and did not; a header may also say too few.
        _damagedEntries += Math.Max(0, _entriesLeft);
        _entriesLeft = 0;
        if (_plan is not null && !TrySeek(_plan))
        {
            return false;
        }

        if (!_scanner.TryNext(out var header, out var stored))
        {
            return false;
        }

        if (header.Kind != PlxBlockKind.Entries)
        {
            return true;
        }

        _entriesLeft = header.Entries;
        if (header.Coding == PlxCoding.None)
        {
            _content = stored;
            return true;
        }

        if (PlxContent.TryDecode(stored, header.Coding, header.PlainLength, ref _plain))
        {
            _content = new(_plain, 0, header.PlainLength);
        }
        else
        {
            _damagedBytes += stored.Count;
        }

        return true;
    }

    private bool TrySeek(List<PlxIndexRow> plan)
    {
        // Behind a damaged block the scanner has gone on by itself.
        while (_planned < plan.Count && plan[_planned].Offset <= _scanner.BlockOffset)
        {
            _planned++;
        }

        if (_planned == plan.Count)
        {
            return false;
        }

        _scanner.Seek(plan[_planned++]);
        return true;
    }

    private void CheckThatItIsARecording()
    {
        if (Header is null && _scanner.Blocks == 0 && _plan is null)
        {
            throw new RecordingException($"{_name}: is no .plx recording");
        }
    }
}
