using System.Buffers.Binary;
using Parallax.Wire;

namespace Parallax.Recording.Plx;

/// <summary>Whether secrets were replaced in a recording.</summary>
public enum RedactionState : byte
{
    /// <summary>The octets are those of the wire.</summary>
    Raw = 0,

    /// <summary>Secrets were replaced by marks when it was written.</summary>
    Redacted = 1,
}

/// <summary>The header of a .plx file.</summary>
/// <param name="Tag">Chosen at random for the file and repeated in each of its blocks.</param>
/// <param name="Redaction">Whether secrets were replaced.</param>
/// <param name="CreatedAt">When the file was begun.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct PlxFileHeader(uint Tag, RedactionState Redaction, Timestamp CreatedAt)
{
    //  All numbers of the format are little-endian.
    //
    //   0  magic: 89 50 4C 58 0D 0A 1A 0A     8  major version (16)   10  minor version (16)
    //  12  redaction (8)   13  clock (8)      14  header length (16)  16  created at (64)
    //  24  tag (32)        28  reserved (256) 60  CRC-32C of the 60 octets before (32)

    /// <summary>The length of the header, in bytes.</summary>
    public const int Length = 64;

    /// <summary>Readers refuse a file whose major version is another.</summary>
    public const ushort MajorVersion = 1;

    /// <summary>Grows when something is added that older readers can pass over.</summary>
    public const ushort MinorVersion = 0;

    /// <summary>The only clock there is: nanoseconds since 1970-01-01T00:00:00Z, as packets carry them.</summary>
    public const byte UnixNanoseconds = 1;

    private const int CrcAt = Length - sizeof(uint);

    /// <summary>The octets a .plx file begins with. The first is not text, and a transfer as text spoils the line ends.</summary>
    public static ReadOnlySpan<byte> Magic => [0x89, (byte)'P', (byte)'L', (byte)'X', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>Reads the header at the beginning of a file.</summary>
    /// <param name="octets">The file's first octets.</param>
    /// <param name="header">What they say.</param>
    /// <param name="majorVersion">The file's major version; the header is only read when it is ours.</param>
    public static PlxStatus TryRead(ReadOnlySpan<byte> octets, out PlxFileHeader header, out int majorVersion)
    {
        (header, majorVersion) = (default, 0);
        if (octets.Length < Length)
        {
            return PlxStatus.NeedMore;
        }

        if (!octets.StartsWith(Magic) || BinaryPrimitives.ReadUInt32LittleEndian(octets[CrcAt..]) != Crc32C.Of(octets[..CrcAt]))
        {
            return PlxStatus.Damaged;
        }

        majorVersion = BinaryPrimitives.ReadUInt16LittleEndian(octets[8..]);
        if (majorVersion != MajorVersion)
        {
            return PlxStatus.OtherVersion;
        }

        header = new(
            BinaryPrimitives.ReadUInt32LittleEndian(octets[24..]),
            (RedactionState)octets[12],
            new(BinaryPrimitives.ReadInt64LittleEndian(octets[16..])));
        return PlxStatus.Ok;
    }

    /// <summary>Writes the header.</summary>
    /// <param name="to">Where to; <see cref="Length"/> bytes.</param>
    public void Write(Span<byte> to)
    {
        to = to[..Length];
        to.Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteUInt16LittleEndian(to[8..], MajorVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(to[10..], MinorVersion);
        to[12] = (byte)Redaction;
        to[13] = UnixNanoseconds;
        BinaryPrimitives.WriteUInt16LittleEndian(to[14..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], CreatedAt.Nanoseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(to[24..], Tag);
        BinaryPrimitives.WriteUInt32LittleEndian(to[CrcAt..], Crc32C.Of(to[..CrcAt]));
    }
}

/// <summary>How the reading of a part of a .plx file ended.</summary>
public enum PlxStatus : byte
{
    /// <summary>The part is whole.</summary>
    Ok,

    /// <summary>It goes on after these octets.</summary>
    NeedMore,

    /// <summary>It is not what it should be, or its checksum is wrong.</summary>
    Damaged,

    /// <summary>It is of a version that this program cannot read.</summary>
    OtherVersion,
}
