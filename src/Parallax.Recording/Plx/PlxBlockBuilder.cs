using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Recording.Plx;

/// <summary>Collects entries and makes a block of them.</summary>
/// <remarks>Allocates nothing once its buffer has the working size, except to compress. Thread safety: none.</remarks>
internal sealed class PlxBlockBuilder
{
    private const int FirstCapacity = 1 << 16;
    private const int MaxKeptBytes = 4 << 20;

    // The block as it will be written: room for the header, then the content so far.
    private byte[] _buffer = new byte[FirstCapacity];
    private int _length = PlxBlockHeader.Length;
    private MemoryStream? _stored;

    /// <summary>Entries collected.</summary>
    public int Entries { get; private set; }

    /// <summary>Their octets, in bytes.</summary>
    public int ContentBytes => _length - PlxBlockHeader.Length;

    /// <summary>When the first of the exchanges began.</summary>
    public Timestamp Earliest { get; private set; }

    /// <summary>When the last of the exchanges began.</summary>
    public Timestamp Latest { get; private set; }

    /// <summary>The room an entry takes, in bytes.</summary>
    public static long BytesOf(in PlxEntryLengths lengths) => PlxEntry.FrameLength + lengths.Payload;

    /// <summary>Adds an entry whose messages are in one piece each.</summary>
    /// <returns>False when it does not fit into a block with what is there.</returns>
    public bool TryAdd(in RecordedEntry entry)
    {
        var lengths = PlxEntryLengths.Of(entry);
        if (!TryBegin(entry.Facts, lengths))
        {
            return false;
        }

        Append(entry.Label);
        Append(entry.Mirror);
        Append(entry.Request);
        Append(entry.Response);
        Append(entry.Shadows.Octets);
        Seal(entry.Facts, lengths);
        return true;
    }

    /// <summary>Adds a captured exchange, straight from the blocks of its messages.</summary>
    /// <returns>False when it does not fit into a block with what is there.</returns>
    public bool TryAdd(in EntryFacts facts, Message? request, Message? response)
    {
        if ((request?.RawOctets ?? 0) + (response?.RawOctets ?? 0) > PlxBlockHeader.MaxContentBytes)
        {
            return false;
        }

        var lengths = new PlxEntryLengths((int)(request?.RawOctets ?? -1), (int)(response?.RawOctets ?? -1), 0, 0, 0, 0);
        if (!TryBegin(facts, lengths))
        {
            return false;
        }

        Append(request);
        Append(response);
        Seal(facts, lengths);
        return true;
    }

    /// <summary>The block, ready to be written.</summary>
    /// <param name="tag">The file's tag.</param>
    /// <param name="coding">How to store it; a block that would not become smaller is stored as it is.</param>
    /// <param name="firstEntry">Entries of the file before this block.</param>
    /// <param name="header">Its header.</param>
    /// <returns>Header and content; valid until the next call of any method.</returns>
    public ReadOnlySpan<byte> Build(uint tag, PlxCoding coding, long firstEntry, out PlxBlockHeader header)
    {
        var block = _buffer.AsSpan(0, _length);
        var used = PlxCoding.None;
        if (coding != PlxCoding.None)
        {
            _stored ??= new MemoryStream();
            _stored.SetLength(PlxBlockHeader.Length);
            _stored.Position = PlxBlockHeader.Length;
            if (PlxContent.TryEncode(block[PlxBlockHeader.Length..], coding, _stored))
            {
                used = coding;
                block = _stored.GetBuffer().AsSpan(0, (int)_stored.Position);
            }
        }

        var stored = block[PlxBlockHeader.Length..];
        header = new()
        {
            Tag = tag,
            Kind = PlxBlockKind.Entries,
            Coding = used,
            Entries = Entries,
            FirstEntry = firstEntry,
            Earliest = Earliest,
            Latest = Latest,
            StoredLength = stored.Length,
            PlainLength = ContentBytes,
            StoredCrc = Crc32C.Of(stored),
        };
        header.Write(block);
        return block;
    }

    /// <summary>Forgets the entries. The buffer stays, unless one entry was so large that it would be a waste.</summary>
    public void Clear()
    {
        _length = PlxBlockHeader.Length;
        Entries = 0;
        Earliest = Latest = default;
        if (_buffer.Length > MaxKeptBytes)
        {
            _buffer = new byte[FirstCapacity];
        }

        if (_stored?.Capacity > MaxKeptBytes)
        {
            _stored = null;
        }
    }

    private bool TryBegin(in EntryFacts facts, in PlxEntryLengths lengths)
    {
        var needed = BytesOf(lengths);
        if (needed > PlxBlockHeader.MaxContentBytes - ContentBytes || lengths.Label > byte.MaxValue || lengths.Mirror > byte.MaxValue
            || lengths.ShadowCount > RecordedShadows.MaxCount)
        {
            return false;
        }

        if (needed > _buffer.Length - _length)
        {
            Array.Resize(ref _buffer, (int)Math.Min(Math.Max(_buffer.Length * 2L, _length + needed), Array.MaxLength));
        }

        PlxEntry.WriteFixed(_buffer.AsSpan(_length + PlxEntry.FrameLength), facts, lengths);
        _length += PlxEntry.FrameLength + PlxEntry.FixedLength;
        return true;
    }

    private void Append(Message? message)
    {
        if (message is not null)
        {
            foreach (var block in message.Blocks)
            {
                Append(block.Span);
            }
        }
    }

    private void Append(ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(_buffer.AsSpan(_length));
        _length += octets.Length;
    }

    private void Seal(in EntryFacts facts, in PlxEntryLengths lengths)
    {
        var bytes = (int)BytesOf(lengths);
        PlxEntry.Seal(_buffer.AsSpan(_length - bytes, bytes));
        Entries++;
        var begin = facts.Begin;
        if (begin.IsKnown)
        {
            Earliest = Earliest.IsKnown && Earliest < begin ? Earliest : begin;
            Latest = Latest.IsKnown && Latest > begin ? Latest : begin;
        }
    }
}
