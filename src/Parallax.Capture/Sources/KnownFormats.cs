namespace Parallax.Capture.Sources;

/// <summary>Tells compressed files by their first octets.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class KnownFormats
{
    /// <summary>Octets that are enough.</summary>
    public const int Length = 4;

    /// <summary>The program that uncompresses what begins with <paramref name="octets"/>; null when it is not compressed, or with gzip,
    /// which is read.</summary>
    public static string? Compression(ReadOnlySpan<byte> octets) => octets switch
    {
        [0x28, 0xB5, 0x2F, 0xFD, ..] => "zstd",
        [0xFD, (byte)'7', (byte)'z', (byte)'X', ..] => "xz",
        [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
        [0x04, 0x22, 0x4D, 0x18, ..] => "lz4",
        _ => null,
    };
}
