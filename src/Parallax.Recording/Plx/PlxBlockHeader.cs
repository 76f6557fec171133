using System.Buffers.Binary;
using Parallax.Recording.Entries;
using Parallax.Wire;

namespace Parallax.Recording.Plx;

/// <summary>What a block of a .plx file holds.</summary>
public enum PlxBlockKind : byte
{
    /// <summary>Entries.</summary>
    Entries = 1,

    /// <summary>The index: where each block of entries is.</summary>
    Index = 2,
}

/// <summary>How the content of a block is stored.</summary>
public enum PlxCoding : byte
{
    /// <summary>As it is.</summary>
    None = 0,

    /// <summary>One gzip member (RFC 1952).</summary>
    Gzip = 1,

    /// <summary>A Brotli stream (RFC 7932).</summary>
    Brotli = 2,
}

/// <summary>The header of a block of a .plx file.</summary>
/// <remarks>Its own checksum lets a reader trust the lengths before it has the block. Thread safety: an immutable value.</remarks>
public readonly record struct PlxBlockHeader
{
    //   0  magic: "PLXB"    4  the file's tag (32)
    //   8  kind (8)         9  coding (8)           10  reserved (16)      12  entries (32)
    //  16  number of the first entry (64)
    //  24  earliest time (64)                       32  latest time (64)
    //  40  stored length (32)                       44  plain length (32)
    //  48  CRC-32C of the stored octets (32)        52  CRC-32C of the 52 octets before (32)
    //  56  stored octets

    /// <summary>The length of the header, in bytes.</summary>
    public const int Length = 56;

    /// <summary>Largest content of a block, plain or stored, in bytes: what a reader may have to hold at once.</summary>
    public const int MaxContentBytes = RecordingLimits.MaxStoredBytes;

    private const int CrcAt = Length - sizeof(uint);

    /// <summary>The octets a block begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "PLXB"u8;

    /// <summary>The file's tag.</summary>
    public uint Tag { get; init; }

    /// <summary>What it holds.</summary>
    public PlxBlockKind Kind { get; init; }

    /// <summary>How it is stored.</summary>
    public PlxCoding Coding { get; init; }

    /// <summary>How many entries it holds, or rows of the index.</summary>
    public int Entries { get; init; }

    /// <summary>How many entries of the file come before it.</summary>
    public long FirstEntry { get; init; }

    /// <summary>When the first of its exchanges began; not known when none says.</summary>
    public Timestamp Earliest { get; init; }

    /// <summary>When the last of its exchanges began.</summary>
    public Timestamp Latest { get; init; }

    /// <summary>Length in the file, without the header, in bytes.</summary>
    public int StoredLength { get; init; }

    /// <summary>Length of the content, in bytes.</summary>
    public int PlainLength { get; init; }

    /// <summary>Checksum of the stored octets.</summary>
    public uint StoredCrc { get; init; }

    /// <summary>Reads the header that may be at the beginning of <paramref name="octets"/>.</summary>
    /// <returns><see cref="PlxStatus.Damaged"/> when there is none.</returns>
    public static PlxStatus TryRead(ReadOnlySpan<byte> octets, out PlxBlockHeader header)
    {
        header = default;
        if (octets.Length < Length)
        {
            return PlxStatus.NeedMore;
        }

        if (!octets.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(octets[CrcAt..]) != Crc32C.Of(octets[..CrcAt]))
        {
            return PlxStatus.Damaged;
        }

        header = new()
        {
            Tag = BinaryPrimitives.ReadUInt32LittleEndian(octets[4..]),
            Kind = (PlxBlockKind)octets[8],
            Coding = (PlxCoding)octets[9],
            Entries = BinaryPrimitives.ReadInt32LittleEndian(octets[12..]),
            FirstEntry = BinaryPrimitives.ReadInt64LittleEndian(octets[16..]),
            Earliest = new(BinaryPrimitives.ReadInt64LittleEndian(octets[24..])),
            Latest = new(BinaryPrimitives.ReadInt64LittleEndian(octets[32..])),
            StoredLength = BinaryPrimitives.ReadInt32LittleEndian(octets[40..]),
            PlainLength = BinaryPrimitives.ReadInt32LittleEndian(octets[44..]),
            StoredCrc = BinaryPrimitives.ReadUInt32LittleEndian(octets[48..]),
        };
        return header.IsPossible ? PlxStatus.Ok : PlxStatus.Damaged;
    }

    // Each entry has a frame. A checksum that is right says only that the writer of the numbers meant them.
    private bool IsPossible => StoredLength is >= 0 and <= MaxContentBytes && PlainLength is >= 0 and <= MaxContentBytes
        && Entries >= 0 && FirstEntry is >= 0 and <= long.MaxValue / 2
        && (Kind != PlxBlockKind.Entries || Entries <= PlainLength / PlxEntry.FrameLength);

    /// <summary>Writes the header.</summary>
    /// <param name="to">Where to; <see cref="Length"/> bytes.</param>
    public void Write(Span<byte> to)
    {
        to = to[..Length];
        to.Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], Tag);
        to[8] = (byte)Kind;
        to[9] = (byte)Coding;
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], Entries);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], FirstEntry);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], Earliest.Nanoseconds);
        BinaryPrimitives.WriteInt64LittleEndian(to[32..], Latest.Nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(to[40..], StoredLength);
        BinaryPrimitives.WriteInt32LittleEndian(to[44..], PlainLength);
        BinaryPrimitives.WriteUInt32LittleEndian(to[48..], StoredCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(to[CrcAt..], Crc32C.Of(to[..CrcAt]));
    }
}
