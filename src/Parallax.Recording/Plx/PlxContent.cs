using System.IO.Compression;

namespace Parallax.Recording.Plx;

/// <summary>The codings of a block's content.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class PlxContent
{
    // Recording must keep up with traffic, so speed comes before size: quality 1 of Brotli is about as fast as gzip's fastest level.
    private const int BrotliQuality = 1;
    private const int BrotliWindow = 22;

    // What an ordinary block holds.
    private const int FirstPlainBytes = 512 << 10;

    /// <summary>Codes <paramref name="plain"/>.</summary>
    /// <param name="plain">The content.</param>
    /// <param name="coding">A coding other than <see cref="PlxCoding.None"/>.</param>
    /// <param name="stored">Where to, from the current position on.</param>
    /// <returns>False when the coding would not make it smaller; what was written is to be ignored then.</returns>
    public static bool TryEncode(ReadOnlySpan<byte> plain, PlxCoding coding, MemoryStream stored)
    {
        var begin = (int)stored.Position;
        if (coding == PlxCoding.Gzip)
        {
            using var gzip = new GZipStream(stored, CompressionLevel.Fastest, leaveOpen: true);
            gzip.Write(plain);
        }
        else
        {
            stored.SetLength(begin + (long)BrotliEncoder.GetMaxCompressedLength(plain.Length));
            var to = stored.GetBuffer().AsSpan(begin, (int)stored.Length - begin);
            if (!BrotliEncoder.TryCompress(plain, to, out var written, BrotliQuality, BrotliWindow))
            {
                return false;
            }

            stored.Position = begin + written;
        }

        return stored.Position - begin < plain.Length;
    }

    /// <summary>Decodes the content of a block.</summary>
    /// <param name="stored">The stored octets.</param>
    /// <param name="coding">How they are stored, other than <see cref="PlxCoding.None"/>.</param>
    /// <param name="length">How long the content is said to be.</param>
    /// <param name="plain">Where to. It grows with what comes out, not with what is claimed.</param>
    /// <returns>False when they are not that coding, or another length comes out.</returns>
    public static bool TryDecode(ArraySegment<byte> stored, PlxCoding coding, int length, ref byte[] plain)
    {
        if (coding is not (PlxCoding.Gzip or PlxCoding.Brotli))
        {
            return false;
        }

        try
        {
            var octets = new MemoryStream(stored.Array!, stored.Offset, stored.Count);
            using Stream decoded = coding == PlxCoding.Gzip
                ? new GZipStream(octets, CompressionMode.Decompress)
                : new BrotliStream(octets, CompressionMode.Decompress);
            var read = 0;
            while (read < length)
            {
                if (read == plain.Length)
                {
                    Array.Resize(ref plain, (int)Math.Min(length, Math.Max(FirstPlainBytes, plain.Length * 2L)));
                }

                var more = decoded.Read(plain, read, Math.Min(plain.Length, length) - read);
                if (more == 0)
                {
                    return false;
                }

                read += more;
            }

            return decoded.ReadByte() < 0;
        }
        catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException)
        {
            return false;
        }
    }
}
