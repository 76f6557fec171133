using System.Buffers.Binary;

namespace Parallax.Wire.Tests.PcapFiles;

/// <summary>Builds capture files in either octet order.</summary>
internal sealed class CaptureBytes(bool bigEndian)
{
    public byte[] U16(int value)
    {
        var octets = new byte[2];
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt16BigEndian(octets, (ushort)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16LittleEndian(octets, (ushort)value);
        }

        return octets;
    }

    public byte[] U32(long value)
    {
        var octets = new byte[4];
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(octets, (uint)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(octets, (uint)value);
        }

        return octets;
    }

    public byte[] PcapHeader(uint magic = 0xA1B2C3D4, uint link = 1) =>
        [.. U32(magic), .. U16(2), .. U16(4), .. U32(0), .. U32(0), .. U32(65535), .. U32(link)];

    public byte[] PcapRecord(byte[] octets, int seconds = 100, int fraction = 5, int? original = null, byte[]? more = null) =>
        [.. U32(seconds), .. U32(fraction), .. U32(octets.Length), .. U32(original ?? octets.Length), .. more ?? [], .. octets];

    public byte[] Block(long type, params byte[][] parts)
    {
        var body = parts.SelectMany(part => part).ToArray();
        var length = 12 + ((body.Length + 3) & ~3);
        return [.. U32(type), .. U32(length), .. body, .. new byte[length - 12 - body.Length], .. U32(length)];
    }

    public byte[] Section() => Block(0x0A0D0D0A, U32(0x1A2B3C4D), U16(1), U16(0), U32(-1), U32(-1));

    public byte[] Interface(int link, long snapLength = 0, params byte[][] options) =>
        Block(1, [U16(link), U16(0), U32(snapLength), .. options]);

    public byte[] Option(int code, byte[] value) => [.. U16(code), .. U16(value.Length), .. value, .. new byte[-value.Length & 3]];

    public byte[] EnhancedPacket(byte[] octets, int source = 0, ulong time = 100_000_005, int? original = null) => Block(
        6, U32(source), U32((long)(time >> 32)), U32((uint)time), U32(octets.Length), U32(original ?? octets.Length), octets);

    public byte[] ObsoletePacket(byte[] octets, int source = 0, ulong time = 100_000_005) => Block(
        2, U16(source), U16(0), U32((long)(time >> 32)), U32((uint)time), U32(octets.Length), U32(octets.Length), octets);

    public byte[] SimplePacket(byte[] octets, int? original = null) => Block(3, U32(original ?? octets.Length), octets);
}
