using System.IO.Compression;
using Parallax.Capture.Sources;
using Parallax.Wire.PcapFiles;

namespace Parallax.Runs.Capturing;

/// <summary>Tells capture files from recordings.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public static class CaptureFiles
{
    /// <summary>True when the file, uncompressed, begins like a capture file, or is compressed in a way that opening it as one
    /// reports; false also when it cannot be read.</summary>
    public static bool IsCaptureFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var isGzip = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
            file.Position = 0;
            using Stream octets = isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
            Span<byte> begin = stackalloc byte[4];
            var read = octets.ReadAtLeast(begin, begin.Length, throwOnEndOfStream: false);
            return read == 0 ? IsNamedLikeOne(path) : read == begin.Length
                && (CaptureFileReader.IsCapture(begin) || KnownFormats.Compression(begin) is not null);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or InvalidDataException
            or NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>The latest file of a capture that is going on may be empty still.</summary>
    private static bool IsNamedLikeOne(string path) =>
        Path.GetFileName(path) is var name && (name.Contains(".pcap", StringComparison.OrdinalIgnoreCase)
            || name.Contains(".cap", StringComparison.OrdinalIgnoreCase));
}
