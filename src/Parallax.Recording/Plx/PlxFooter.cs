using System.Buffers.Binary;

namespace Parallax.Recording.Plx;

/// <summary>The end of a .plx file that was closed: it says where the index is.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class PlxFooter
{
    //   0  magic: "PLXE"   4  tag (32)   8  offset of the index block (64)   16  entries of the file (64)
    //  24  reserved (32)   28  CRC-32C of the 28 octets before (32)

    /// <summary>Its length, in bytes.</summary>
    public const int Length = 32;

    private const int CrcAt = Length - sizeof(uint);

    /// <summary>The octets it begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "PLXE"u8;

    /// <summary>Writes it over zeros.</summary>
    internal static void Write(Span<byte> footer, uint tag, long indexOffset, long entries)
    {
        Magic.CopyTo(footer);
        BinaryPrimitives.WriteUInt32LittleEndian(footer[4..], tag);
        BinaryPrimitives.WriteInt64LittleEndian(footer[8..], indexOffset);
        BinaryPrimitives.WriteInt64LittleEndian(footer[16..], entries);
        BinaryPrimitives.WriteUInt32LittleEndian(footer[CrcAt..], Crc32C.Of(footer[..CrcAt]));
    }

    /// <summary>True when a footer is at the beginning of <paramref name="octets"/>.</summary>
    internal static bool IsAt(ReadOnlySpan<byte> octets, out uint tag, out long indexOffset)
    {
        (tag, indexOffset) = (0, 0);
        if (octets.Length < Length || !octets.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(octets[CrcAt..]) != Crc32C.Of(octets[..CrcAt]))
        {
            return false;
        }

        tag = BinaryPrimitives.ReadUInt32LittleEndian(octets[4..]);
        indexOffset = BinaryPrimitives.ReadInt64LittleEndian(octets[8..]);
        return true;
    }
}
