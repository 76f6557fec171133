using System.IO.Compression;

namespace Parallax.Cli.CommandLine;

/// <summary>Tells capture files from recordings.</summary>
internal static class CaptureFiles
{
    // pcap with microseconds or nanoseconds in either octet order, and pcapng.
    private static readonly uint[] Magics = [0xA1B2C3D4, 0xD4C3B2A1, 0xA1B23C4D, 0x4D3CB2A1, 0x0A0D0D0A];

    /// <summary>True when the file, uncompressed, begins like a capture file; false also when it cannot be read.</summary>
    public static bool IsCaptureFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream octets = isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
            Span<byte> begin = stackalloc byte[4];
            return octets.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false) == begin.Length
                && Magics.Contains(BitConverter.ToUInt32(begin));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or InvalidDataException
            or NotSupportedException)
        {
            return false;
        }
    }
}
