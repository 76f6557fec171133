using System.Buffers.Binary;
using Parallax.Fuzz.Engine;
using Parallax.Recording.Plx;

namespace Parallax.Fuzz.Targets;

/// <summary>Files of our own format, with checksums that are right: somebody made them.</summary>
internal static class PlxTarget
{
    public static FuzzTarget Make() => new()
    {
        Name = "plx",
        Seeds =
        [
            .. Enum.GetValues<PlxCoding>().SelectMany(coding => ((int[])[64, 4096]).Select(bytes => SampleEntries.Write(
                file => new PlxWriter(file, new() { BlockBytes = bytes, Coding = coding }, TimeProvider.System)))),
        ],
        Words = ["PLXB", "\u0089PLX\r\n\u001a\n", "\u0001\0\0\0", "\u0002\0", "\xff\xff\xff\xff"],
        Run = (input, outcome) => Recordings.Check(() => new PlxReader(new MemoryStream(input), "fuzz.plx"), outcome),
        Repair = Repair,
    };

    /// <summary>Puts the checksums right of what still has its place: the file header, the blocks from there on, their entries.</summary>
    private static byte[] Repair(byte[] file)
    {
        // Some are left as they are: a wrong checksum is an input, too.
        if (file.Length < PlxFileHeader.Length + PlxBlockHeader.Length || file[^1] % 8 == 7)
        {
            return file;
        }

        Seal(file.AsSpan(0, PlxFileHeader.Length));
        for (var at = PlxFileHeader.Length; at <= file.Length - PlxBlockHeader.Length;)
        {
            var found = file.AsSpan(at).IndexOf(PlxBlockHeader.Magic);
            if (found < 0 || file.Length - at - found < PlxBlockHeader.Length)
            {
                break;
            }

            at += found;
            var header = file.AsSpan(at, PlxBlockHeader.Length);
            var length = BinaryPrimitives.ReadInt32LittleEndian(header[40..]);
            var stored = file.AsSpan(at + header.Length);
            stored = length >= 0 && length <= stored.Length ? stored[..length] : stored;
            if (header[9] == (byte)PlxCoding.None && header[8] == (byte)PlxBlockKind.Entries)
            {
                SealEntries(stored);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(header[48..], Crc32C.Of(stored));
            Seal(header);
            at += header.Length + Math.Min(stored.Length, Math.Max(0, length));
        }

        return file;
    }

    private static void SealEntries(Span<byte> content)
    {
        while (content.Length >= PlxEntry.FrameLength)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(content);
            if (length < 0 || length > content.Length - PlxEntry.FrameLength)
            {
                return;
            }

            var payload = content.Slice(PlxEntry.FrameLength, length);
            BinaryPrimitives.WriteUInt32LittleEndian(content[8..], Crc32C.Of(content[..8], payload));
            content = content[(PlxEntry.FrameLength + length)..];
        }
    }

    private static void Seal(Span<byte> header) =>
        BinaryPrimitives.WriteUInt32LittleEndian(header[^sizeof(uint)..], Crc32C.Of(header[..^sizeof(uint)]));
}
