using System.Buffers.Binary;

namespace Parallax.Wire.PcapFiles;

/// <summary>Reads the integers of a capture file, which are in the order of the host that wrote it.</summary>
/// <param name="IsBigEndian">The order.</param>
internal readonly record struct OctetOrder(bool IsBigEndian)
{
    public ushort UInt16(ReadOnlySpan<byte> octets) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(octets) : BinaryPrimitives.ReadUInt16LittleEndian(octets);

    public uint UInt32(ReadOnlySpan<byte> octets) =>
        IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(octets) : BinaryPrimitives.ReadUInt32LittleEndian(octets);

    public long Int64(ReadOnlySpan<byte> octets) =>
        IsBigEndian ? BinaryPrimitives.ReadInt64BigEndian(octets) : BinaryPrimitives.ReadInt64LittleEndian(octets);
}
