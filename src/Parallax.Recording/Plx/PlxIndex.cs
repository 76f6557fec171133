using System.Buffers.Binary;
using Parallax.Recording.Entries;
using Parallax.Wire;

namespace Parallax.Recording.Plx;

/// <summary>The index of a .plx file: one row for each block of entries. A file that was closed has it at its end; for any other it is made
/// again from the headers of the blocks.</summary>
/// <remarks>Thread safety: none while it is built; then any thread may read.</remarks>
public sealed class PlxIndex
{
    //  Row:      0  offset (64)   8  first entry (64)   16  earliest (64)   24  latest (64)   32  entries (32)   36  stored length (32)

    /// <summary>The length of a row, in bytes.</summary>
    public const int RowLength = 40;

    private const int RowsAtOnce = 1024;

    private readonly List<PlxIndexRow> _rows = [];

    /// <summary>The blocks of entries, in the order of the file.</summary>
    public IReadOnlyList<PlxIndexRow> Rows => _rows;

    /// <summary>Entries in all, those that are damaged included.</summary>
    public long Entries => _rows.Count == 0 ? 0 : _rows[^1].FirstEntry + _rows[^1].Entries;

    /// <summary>Forgets all rows: the file begins again.</summary>
    internal void Clear() => _rows.Clear();

    /// <summary>The index of a file: its own when it was closed, else one made from the headers of its blocks.</summary>
    /// <param name="file">A .plx file that can be sought in; its position changes.</param>
    /// <exception cref="RecordingException">It is no .plx file of our version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PlxIndex Read(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return ReadStored(file) ?? Rebuild(file);
    }

    /// <summary>The index at the end of a file; null when it has none that is whole.</summary>
    /// <param name="file">A .plx file that can be sought in; its position changes.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PlxIndex? ReadStored(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return TryReadStored(file);
    }

    /// <summary>When the first exchange began; not known when no block says.</summary>
    public Timestamp Earliest => _rows.Where(row => row.Earliest.IsKnown).Select(row => row.Earliest).DefaultIfEmpty().Min();

    /// <summary>An index made from the headers of the blocks, whatever the file has at its end.</summary>
    /// <exception cref="RecordingException">It is no .plx file of our version.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static PlxIndex Rebuild(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        file.Position = 0;
        var scanner = new PlxScanner(file, "the recording");
        var index = new PlxIndex();
        while (scanner.TryNext(out var header, out _))
        {
            index.Add(scanner.BlockOffset, header);
        }

        return index;
    }

    internal void Add(long offset, in PlxBlockHeader header)
    {
        if (header.Kind == PlxBlockKind.Entries)
        {
            _rows.Add(new(offset, header.FirstEntry, header.Entries, header.StoredLength, header.Earliest, header.Latest));
        }
    }

    /// <summary>The index block and the footer.</summary>
    /// <param name="tag">The file's tag.</param>
    /// <param name="offset">Where they will be written.</param>
    internal byte[] Encode(uint tag, long offset)
    {
        var contentLength = _rows.Count * RowLength;
        var octets = new byte[PlxBlockHeader.Length + contentLength + PlxFooter.Length];
        var content = octets.AsSpan(PlxBlockHeader.Length, contentLength);
        for (var row = 0; row < _rows.Count; row++)
        {
            Write(content[(row * RowLength)..], _rows[row]);
        }

        new PlxBlockHeader
        {
            Tag = tag,
            Kind = PlxBlockKind.Index,
            Entries = _rows.Count,
            FirstEntry = Entries,
            StoredLength = contentLength,
            PlainLength = contentLength,
            StoredCrc = Crc32C.Of(content),
        }.Write(octets);
        PlxFooter.Write(octets.AsSpan(PlxBlockHeader.Length + contentLength), tag, offset, Entries);
        return octets;
    }

    private static PlxIndex? TryReadStored(Stream file)
    {
        Span<byte> footer = stackalloc byte[PlxFooter.Length];
        if (file.Length < PlxFileHeader.Length + PlxFooter.Length)
        {
            return null;
        }

        file.Position = file.Length - PlxFooter.Length;
        file.ReadExactly(footer);
        if (!PlxFooter.IsAt(footer, out var tag, out var offset)
            || offset < 0 || offset > file.Length - PlxFooter.Length - PlxBlockHeader.Length)
        {
            return null;
        }

        file.Position = offset;
        Span<byte> begin = stackalloc byte[PlxBlockHeader.Length];
        file.ReadExactly(begin);
        return PlxBlockHeader.TryRead(begin, out var header) == PlxStatus.Ok && header.Tag == tag && header.Kind == PlxBlockKind.Index
            && header.Coding == PlxCoding.None && header.StoredLength == file.Length - PlxFooter.Length - offset - PlxBlockHeader.Length
            ? TryDecode(file, offset, header)
            : null;
    }

    // Row by row, and no further than they are right: neither a length nor a number of rows is believed before.
    private static PlxIndex? TryDecode(Stream file, long end, in PlxBlockHeader header)
    {
        var index = new PlxIndex();
        var octets = new byte[RowLength * RowsAtOnce];
        var (crc, left) = (0u, header.StoredLength);
        while (left > 0)
        {
            var piece = octets.AsSpan(0, Math.Min(left, octets.Length));
            file.ReadExactly(piece);
            crc = Crc32C.GoOn(crc, piece);
            left -= piece.Length;
            for (; !piece.IsEmpty; piece = piece[RowLength..])
            {
                if (piece.Length < RowLength || !index.TryAdd(Read(piece), end))
                {
                    return null;
                }
            }
        }

        return crc == header.StoredCrc ? index : null;
    }

    /// <summary>False when a row does not follow upon those before it: blocks stand one after the other, before the index.</summary>
    private bool TryAdd(in PlxIndexRow row, long end)
    {
        var after = _rows.Count == 0 ? PlxFileHeader.Length : _rows[^1].Offset + PlxBlockHeader.Length + _rows[^1].StoredLength;
        var isRight = row.Offset >= after && row.StoredLength >= 0 && row.Entries >= 0 && row.FirstEntry >= Entries
            && row.FirstEntry <= long.MaxValue - row.Entries && row.Offset <= end - PlxBlockHeader.Length - row.StoredLength;
        if (isRight)
        {
            _rows.Add(row);
        }

        return isRight;
    }

    private static PlxIndexRow Read(ReadOnlySpan<byte> row) => new(
        BinaryPrimitives.ReadInt64LittleEndian(row),
        BinaryPrimitives.ReadInt64LittleEndian(row[8..]),
        BinaryPrimitives.ReadInt32LittleEndian(row[32..]),
        BinaryPrimitives.ReadInt32LittleEndian(row[36..]),
        new(BinaryPrimitives.ReadInt64LittleEndian(row[16..])),
        new(BinaryPrimitives.ReadInt64LittleEndian(row[24..])));

    private static void Write(Span<byte> to, in PlxIndexRow row)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, row.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], row.FirstEntry);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], row.Earliest.Nanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], row.Latest.Nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(to[32..], row.Entries);
        BinaryPrimitives.WriteInt32LittleEndian(to[36..], row.StoredLength);
    }
}
