using System.Buffers;
using System.IO.Compression;
using System.Text;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Parallax.Traffic.Contents;

/// <summary>How content is coded.</summary>
public enum ContentCoding : byte
{
    /// <summary>RFC 1952.</summary>
    Gzip,

    /// <summary>RFC 1950, or RFC 1951 without its frame, which some servers send.</summary>
    Deflate,

    /// <summary>RFC 7932.</summary>
    Brotli,

    /// <summary>RFC 8878.</summary>
    Zstd,
}

/// <summary>What came of decoding.</summary>
/// <param name="IsWhole">False when it is not of the coding, or stands for more than was allowed.</param>
/// <param name="IsTooLarge">True when it stands for more than was allowed.</param>
/// <param name="HasRest">True when something stands after the end of the coded content, where decoders stop.</param>
public readonly record struct DecodingOutcome(bool IsWhole, bool IsTooLarge, bool HasRest);

/// <summary>Takes content codings off and puts them on (RFC 9110 §8.4).</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class ContentCodings
{
    /// <summary>More codings than that on one another are nobody's.</summary>
    public const int MaxLayers = 4;

    // RFC 9659: what is sent over HTTP needs no more than 8 MiB.
    private const int ZstdWindowLog = 23;

    // What a field says that takes the name of the coding for that of the character set.
    private static readonly string[] NoCodings = ["identity", "none", "utf-8", "utf8", "binary", "7bit", "8bit"];

    private static ReadOnlySpan<byte> GzipStart => [0x1F, 0x8B, 8];

    private static ReadOnlySpan<byte> SkippedStart => [0x2A, 0x4D, 0x18];

    /// <summary>Adds the codings that one field names, in the order in which they were put on.</summary>
    /// <param name="field">The value of a Content-Encoding field.</param>
    /// <param name="codings">Gains them.</param>
    /// <returns>False when one is not known, or they are too many.</returns>
    public static bool TryRead(ReadOnlySpan<byte> field, List<ContentCoding> codings)
    {
        foreach (var range in field.Split((byte)','))
        {
            var name = field[range].Trim(" \t"u8);
            if (name.IsEmpty || IsAny(name, NoCodings))
            {
                continue;
            }

            if (Of(name) is not { } coding || codings.Count == MaxLayers)
            {
                return false;
            }

            codings.Add(coding);
        }

        return true;
    }

    /// <summary>Takes one coding off.</summary>
    /// <param name="coding">The coding.</param>
    /// <param name="content">The content; may break off.</param>
    /// <param name="to">Gains what it stands for.</param>
    /// <param name="most">The most octets that it may stand for.</param>
    public static DecodingOutcome Decode(ContentCoding coding, ReadOnlySpan<byte> content, ArrayBufferWriter<byte> to, int most)
    {
        // The decoders read streams, so the content is copied into one.
        using var from = new LastOctetApart(content.ToArray());
        try
        {
            using var decoder = DecoderOf(coding, from, content);
            Span<byte> piece = stackalloc byte[8192];
            while (to.WrittenCount <= most && decoder.Read(piece) is > 0 and var read)
            {
                to.Write(piece[..read]);
            }

            var isTooLarge = to.WrittenCount > most;
            return new(!isTooLarge, isTooLarge, !isTooLarge && !from.IsLastAskedFor);
        }
        catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException or ZstdException or EndOfStreamException)
        {
            return default;
        }
    }

    /// <summary>Puts one coding on.</summary>
    public static byte[] Encode(ContentCoding coding, ReadOnlySpan<byte> content)
    {
        if (coding == ContentCoding.Zstd)
        {
            using var compressor = new Compressor(1);
            return compressor.Wrap(content).ToArray();
        }

        var coded = new MemoryStream();
        using (Stream coder = coding switch
        {
            ContentCoding.Gzip => new GZipStream(coded, CompressionLevel.Fastest, leaveOpen: true),
            ContentCoding.Brotli => new BrotliStream(coded, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(coded, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            coder.Write(content);
        }

        return coded.ToArray();
    }

    /// <summary>True when coded content may hold texts that are not part of what it stands for: names and comments of gzip (RFC 1952
    /// §2.3), frames of Zstandard that are skipped (RFC 8878 §3.1.2).</summary>
    public static bool MayHoldMore(ContentCoding coding, ReadOnlySpan<byte> content)
    {
        const byte NamesAndComments = 0x1C;
        const int FlagsAt = 3;
        for (var from = 0; coding == ContentCoding.Gzip && content[from..].IndexOf(GzipStart) is >= 0 and var next; from += next + FlagsAt)
        {
            if (content.Length > from + next + FlagsAt && (content[from + next + FlagsAt] & NamesAndComments) != 0)
            {
                return true;
            }
        }

        for (var from = 0; coding == ContentCoding.Zstd && content[from..].IndexOf(SkippedStart) is >= 0 and var next; from += next + 1)
        {
            if (from + next > 0 && content[from + next - 1] >> 4 == 5)
            {
                return true;
            }
        }

        return false;
    }

    private static ContentCoding? Of(ReadOnlySpan<byte> name) =>
        IsAny(name, ["gzip", "x-gzip"]) ? ContentCoding.Gzip
        : IsAny(name, ["deflate", "x-deflate"]) ? ContentCoding.Deflate
        : IsAny(name, ["br"]) ? ContentCoding.Brotli
        : IsAny(name, ["zstd"]) ? ContentCoding.Zstd
        : null;

    private static bool IsAny(ReadOnlySpan<byte> name, ReadOnlySpan<string> others)
    {
        foreach (var other in others)
        {
            if (Ascii.EqualsIgnoreCase(name, other))
            {
                return true;
            }
        }

        return false;
    }

    // "deflate" is zlib (RFC 9110 §8.4.1.2), but some send it bare.
    private static Stream DecoderOf(ContentCoding coding, Stream from, ReadOnlySpan<byte> content) => coding switch
    {
        ContentCoding.Gzip => new GZipStream(from, CompressionMode.Decompress),
        ContentCoding.Brotli => new BrotliStream(from, CompressionMode.Decompress),
        ContentCoding.Zstd => ZstdDecoder(from),
        _ when content.Length > 1 && (content[0] & 0x0F) == 8 && ((content[0] << 8) | content[1]) % 31 == 0 =>
            new ZLibStream(from, CompressionMode.Decompress),
        _ => new DeflateStream(from, CompressionMode.Decompress),
    };

    private static DecompressionStream ZstdDecoder(Stream from)
    {
        var decoder = new DecompressionStream(from, checkEndOfStream: false);
        decoder.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, ZstdWindowLog);
        return decoder;
    }

    /// <summary>Gives its last octet only when asked for more after all others: a decoder that does not ask for it has come to the end of
    /// what it decodes before.</summary>
    private sealed class LastOctetApart(byte[] octets) : Stream
    {
        private int _read;

        public bool IsLastAskedFor { get; private set; } = octets.Length == 0;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => octets.Length;

        public override long Position
        {
            get => _read;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            var left = octets.Length - _read;
            IsLastAskedFor |= left <= 1;
            var given = octets.AsSpan(_read, Math.Min(buffer.Length, left > 1 ? left - 1 : left));
            given.CopyTo(buffer);
            _read += given.Length;
            return given.Length;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
