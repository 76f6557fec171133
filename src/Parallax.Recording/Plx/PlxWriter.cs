using System.Security.Cryptography;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;

namespace Parallax.Recording.Plx;

/// <summary>How a .plx file is written.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record PlxOptions
{
    /// <summary>Content of a block, in bytes, beyond which it is written. 256 KiB by default.</summary>
    public int BlockBytes { get; init; } = 256 << 10;

    /// <summary>How blocks are stored; as they are by default.</summary>
    public PlxCoding Coding { get; init; }

    /// <summary>What the header says about secrets.</summary>
    public RedactionState Redaction { get; init; }
}

/// <summary>Writes one .plx file.</summary>
/// <remarks>A block goes to the operating system in one piece when it is full or at <see cref="Flush"/>; what is there survives the
/// process. Thread safety: none.</remarks>
public sealed class PlxWriter : IRecordingWriter
{
    private readonly Stream _stream;
    private readonly PlxOptions _options;
    private readonly PlxBlockBuilder _block = new();
    private readonly PlxIndex _index;
    private readonly uint _tag;
    private bool _finished;

    /// <summary>Begins a file.</summary>
    /// <param name="stream">Where to; disposed of with the writer.</param>
    /// <param name="options">How.</param>
    /// <param name="clock">For the header.</param>
    /// <exception cref="IOException">The header cannot be written.</exception>
    public PlxWriter(Stream stream, PlxOptions options, TimeProvider clock)
        : this(stream, options, NewTag(), new(), 0)
    {
        ArgumentNullException.ThrowIfNull(clock);
        WriteHeader(clock);
    }

    /// <summary>Goes on with a file.</summary>
    internal PlxWriter(Stream stream, PlxOptions options, uint tag, PlxIndex index, long bytes)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(options);
        _stream = stream;
        _options = options;
        _tag = tag;
        _index = index;
        Bytes = bytes;
    }

    /// <summary>Bytes in the file.</summary>
    public long Bytes { get; private set; }

    /// <summary>Entries taken, those included that wait for their block to be written.</summary>
    public long Entries => _index.Entries + _block.Entries;

    /// <summary>Entries in blocks that were handed to the operating system.</summary>
    public long WrittenEntries => _index.Entries;

    /// <summary>Bytes that wait for their block to be written.</summary>
    public int WaitingBytes => _block.ContentBytes;

    /// <summary>Entries that wait for their block to be written: what a crash would cost.</summary>
    public int WaitingEntries => _block.Entries;

    /// <inheritdoc/>
    public bool TryWrite(in RecordedEntry entry)
    {
        MakeRoom(PlxBlockBuilder.BytesOf(PlxEntryLengths.Of(entry)));
        return _block.TryAdd(entry) && FlushWhenFull();
    }

    /// <summary>Writes a captured exchange without putting its messages together first.</summary>
    /// <param name="facts">Everything but the octets.</param>
    /// <param name="request">The request; null when it was not seen.</param>
    /// <param name="response">The response; null when it was not seen.</param>
    /// <returns>False when it is larger than a block may be; nothing was written then.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public bool TryWrite(in EntryFacts facts, Message? request, Message? response)
    {
        MakeRoom((request?.RawOctets ?? 0) + (response?.RawOctets ?? 0));
        return _block.TryAdd(facts, request, response) && FlushWhenFull();
    }

    /// <summary>Hands what waits to the operating system.</summary>
    /// <exception cref="IOException">It cannot be written; what waited is given up, the file ends with the last whole block.</exception>
    public void Flush()
    {
        if (_block.Entries == 0)
        {
            return;
        }

        var octets = _block.Build(_tag, _options.Coding, _index.Entries, out var header);
        try
        {
            _stream.Write(octets);
        }
        catch (IOException)
        {
            _block.Clear();
            CutTail();
            throw;
        }

        _block.Clear();
        _index.Add(Bytes, header);
        Bytes += octets.Length;
    }

    /// <inheritdoc/>
    public void Finish()
    {
        if (_finished)
        {
            return;
        }

        _finished = true;
        Flush();
        var end = _index.Encode(_tag, Bytes);
        try
        {
            _stream.Write(end);
        }
        catch (IOException)
        {
            CutTail();
            throw;
        }

        Bytes += end.Length;
    }

    /// <summary>Closes the file as it is.</summary>
    public void Dispose() => _stream.Dispose();

    /// <summary>Empties the file and begins it again; entries that wait for their block stay.</summary>
    /// <exception cref="IOException">The header cannot be written.</exception>
    internal void BeginAgain(TimeProvider clock)
    {
        _stream.SetLength(0);
        _stream.Position = 0;
        _index.Clear();
        WriteHeader(clock);
    }

    private void WriteHeader(TimeProvider clock)
    {
        Span<byte> header = stackalloc byte[PlxFileHeader.Length];
        var now = new Wire.Timestamp((clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);
        new PlxFileHeader(_tag, _options.Redaction, now).Write(header);
        _stream.Write(header);
        Bytes = header.Length;
    }

    private static uint NewTag() => BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));

    /// <summary>Writes the block first when the next entry would make it too large.</summary>
    private void MakeRoom(long bytes)
    {
        if (bytes > PlxBlockHeader.MaxContentBytes / 2 - _block.ContentBytes)
        {
            Flush();
        }
    }

    private bool FlushWhenFull()
    {
        if (_block.ContentBytes >= _options.BlockBytes)
        {
            Flush();
        }

        return true;
    }

    /// <summary>Takes the part of a block that was written away again; a reader would only leave it out.</summary>
    private void CutTail()
    {
        if (_stream.CanSeek)
        {
            try
            {
                _stream.SetLength(Bytes);
                _stream.Position = Bytes;
            }
            catch (IOException)
            {
                // A disk that refuses this too keeps a torn tail, with which every reader can live.
            }
        }
    }
}
