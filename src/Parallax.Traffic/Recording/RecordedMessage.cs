using System.Buffers;
using System.IO.Compression;
using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Recording;

/// <summary>How the content of a message is coded.</summary>
internal enum ContentCoding : byte
{
    None,
    Gzip,
    Deflate,
    Brotli,

    /// <summary>One that is not known, or several.</summary>
    Unknown,
}

/// <summary>Looks into a recorded message: head, body, content.</summary>
/// <remarks>Reusable. The octets stay the caller's; spans are valid until the next <see cref="TryRead"/>. Thread safety: none.</remarks>
internal sealed class RecordedMessage
{
    /// <summary>Content that is longer without its coding is not looked into: a few octets can be coded for very many.</summary>
    public const int MaxDecodedBytes = 16 << 20;

    // What a larger message needed is given back with the next one.
    private const int KeptBytes = 1 << 20;

    private ArrayBufferWriter<byte> _content = new();
    private ArrayBufferWriter<byte> _decoded = new();
    private int _chunkedLength;

    /// <summary>What the head says.</summary>
    public MessageHead Head { get; } = new();

    /// <summary>How the content is coded.</summary>
    public ContentCoding Coding { get; private set; }

    /// <summary>False when the chunk framing breaks off or is wrong.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>True when fields stand behind the last chunk.</summary>
    public bool HasTrailers { get; private set; }

    /// <summary>Reads the head and takes the framing off the body.</summary>
    /// <param name="kind">Request or response.</param>
    /// <param name="octets">The message as on the wire.</param>
    /// <returns>False when it has no head that can be read.</returns>
    public bool TryRead(MessageKind kind, ReadOnlySpan<byte> octets)
    {
        Head.Reset();
        IsWhole = true;
        HasTrailers = false;
        if (!HeadReader.TryReadCut(octets, kind, Http1Policy.Passive, Head))
        {
            return false;
        }

        Coding = CodingIn(octets);
        _content = Emptied(_content);
        _decoded = Emptied(_decoded);
        if (Head.IsChunked)
        {
            Unchunk(BodyOf(octets));
        }

        return true;
    }

    /// <summary>Reads a request that stands alone.</summary>
    /// <param name="octets">The request, and perhaps something behind it.</param>
    /// <param name="length">How long it is; all octets when false.</param>
    /// <returns>False when head or body breaks off, or is wrong.</returns>
    public bool TryReadRequest(ReadOnlySpan<byte> octets, out int length)
    {
        length = octets.Length;
        if (!TryRead(MessageKind.Request, octets) || !IsWhole || !(octets[..Head.Length].EndsWith("\n\r\n"u8)
            || octets[..Head.Length].EndsWith("\n\n"u8)))
        {
            return false;
        }

        var body = Head.IsChunked ? _chunkedLength : Math.Max(0, Head.ContentLength);
        if (body > octets.Length - Head.Length)
        {
            return false;
        }

        length = Head.Length + (int)body;
        return true;
    }

    /// <summary>The octets behind the head.</summary>
    public ReadOnlySpan<byte> BodyOf(ReadOnlySpan<byte> octets) => octets[Head.Length..];

    /// <summary>The body without chunk framing.</summary>
    public ReadOnlySpan<byte> ContentOf(ReadOnlySpan<byte> octets) =>
        Head.IsChunked ? _content.WrittenSpan : BodyOf(octets);

    /// <summary>The content without its coding.</summary>
    /// <param name="octets">The message.</param>
    /// <param name="decoded">The content itself when it is not coded.</param>
    /// <param name="most">The most octets that coded content may stand for.</param>
    /// <returns>False when the coding is unknown, the content is not of it, or stands for more.</returns>
    public bool TryDecode(ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> decoded, int most = MaxDecodedBytes)
    {
        decoded = ContentOf(octets);
        if (Coding == ContentCoding.None || decoded.IsEmpty)
        {
            return true;
        }

        if (Coding == ContentCoding.Unknown)
        {
            return false;
        }

        try
        {
            // The BCL's decoders read streams, so the content is copied into one.
            using var from = new MemoryStream(decoded.ToArray());
            using var decoder = DecoderOf(Coding, from, decoded);
            _decoded.ResetWrittenCount();
            CopyBounded(decoder, most);
            decoded = _decoded.WrittenSpan;
            return _decoded.WrittenCount <= most;
        }
        catch (Exception fault) when (fault is InvalidDataException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The value of the first such field; empty when there is none.</summary>
    public ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> name) =>
        Head.TryFind(octets, name, out var value) ? value.Of(octets) : default;

    // "deflate" is zlib (RFC 9110 §8.4.1.2), but some send it bare.
    private static Stream DecoderOf(ContentCoding coding, Stream from, ReadOnlySpan<byte> content) => coding switch
    {
        ContentCoding.Gzip => new GZipStream(from, CompressionMode.Decompress),
        ContentCoding.Brotli => new BrotliStream(from, CompressionMode.Decompress),
        _ when content.Length > 1 && (content[0] & 0x0F) == 8 && ((content[0] << 8) | content[1]) % 31 == 0 =>
            new ZLibStream(from, CompressionMode.Decompress),
        _ => new DeflateStream(from, CompressionMode.Decompress),
    };

    private static ArrayBufferWriter<byte> Emptied(ArrayBufferWriter<byte> used)
    {
        if (used.Capacity > KeptBytes)
        {
            return new();
        }

        used.ResetWrittenCount();
        return used;
    }

    private void CopyBounded(Stream decoder, int most)
    {
        Span<byte> piece = stackalloc byte[8192];
        while (_decoded.WrittenCount <= most && decoder.Read(piece) is > 0 and var read)
        {
            _decoded.Write(piece[..read]);
        }
    }

    private ContentCoding CodingIn(ReadOnlySpan<byte> octets)
    {
        var value = ValueOf(octets, "content-encoding"u8);
        return value.IsEmpty || Ascii.EqualsIgnoreCase(value, "identity"u8) ? ContentCoding.None
            : Ascii.EqualsIgnoreCase(value, "gzip"u8) || Ascii.EqualsIgnoreCase(value, "x-gzip"u8) ? ContentCoding.Gzip
            : Ascii.EqualsIgnoreCase(value, "deflate"u8) ? ContentCoding.Deflate
            : Ascii.EqualsIgnoreCase(value, "br"u8) ? ContentCoding.Brotli
            : ContentCoding.Unknown;
    }

    private void Unchunk(ReadOnlySpan<byte> body)
    {
        var reader = new BodyReader(BodyFraming.Chunked, 0);
        _chunkedLength = 0;
        while (true)
        {
            var status = reader.Read(body, Http1Policy.Passive, out var consumed, out var content, out _);
            _content.Write(content.Of(body));
            _chunkedLength += consumed;
            body = body[consumed..];
            IsWhole = status == BodyStatus.Complete;
            HasTrailers = reader.HasTrailers;
            if (status != BodyStatus.NeedMore || consumed == 0)
            {
                return;
            }
        }
    }
}
