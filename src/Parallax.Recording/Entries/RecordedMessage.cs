using System.Buffers;
using Parallax.Traffic.Contents;
using Parallax.Wire.Http1;

namespace Parallax.Recording.Entries;

/// <summary>Looks into a recorded message: head, body, content.</summary>
/// <remarks>Reusable. The octets stay the caller's; spans are valid until the next <see cref="TryRead"/>. Thread safety: none.</remarks>
public sealed class RecordedMessage
{
    private static readonly SearchValues<byte> Framing = SearchValues.Create("0123456789abcdefABCDEF\r\n"u8);

    private readonly ContentDecoder _decoder = new();
    private ArrayBufferWriter<byte> _content = new();
    private int _chunkedLength;

    /// <summary>What the head says.</summary>
    public MessageHead Head { get; } = new();

    /// <summary>How the content is coded, in the order in which the codings were put on.</summary>
    public IReadOnlyList<ContentCoding> Codings => _decoder.Codings;

    /// <summary>True when the content is coded, be it in an unknown way.</summary>
    public bool IsCoded => Codings.Count > 0 || !IsCodingKnown;

    /// <summary>False when the head names a coding that is not known, or too many.</summary>
    public bool IsCodingKnown => _decoder.IsKnown;

    /// <summary>What came of the last decoding.</summary>
    public DecodingOutcome Decoding => _decoder.Outcome;

    /// <summary>True when the coded content that was decoded last may hold more than what it stands for.</summary>
    public bool MayHoldMore => _decoder.MayHoldMore;

    /// <summary>False when the chunk framing breaks off or is wrong.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>True when fields stand after the last chunk.</summary>
    public bool HasTrailers { get; private set; }

    /// <summary>True when anything but its size stands before a chunk.</summary>
    public bool HasExtensions { get; private set; }

    /// <summary>Reads the head and takes the framing off the body.</summary>
    /// <param name="kind">Request or response.</param>
    /// <param name="octets">The message as on the wire.</param>
    /// <returns>False when it has no head that can be read.</returns>
    public bool TryRead(MessageKind kind, ReadOnlySpan<byte> octets)
    {
        Head.Reset();
        IsWhole = true;
        HasTrailers = HasExtensions = false;
        if (!HeadReader.TryReadCut(octets, kind, Http1Policy.Passive, Head))
        {
            return false;
        }

        _decoder.Begin(Head, octets);
        _content = ContentDecoder.Emptied(_content);
        if (Head.IsChunked)
        {
            Unchunk(BodyOf(octets));
        }

        return true;
    }

    /// <summary>Reads a request that stands alone.</summary>
    /// <param name="octets">The request, and perhaps something after it.</param>
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

    /// <summary>The octets after the head.</summary>
    public ReadOnlySpan<byte> BodyOf(ReadOnlySpan<byte> octets) => octets[Head.Length..];

    /// <summary>The body without chunk framing.</summary>
    public ReadOnlySpan<byte> ContentOf(ReadOnlySpan<byte> octets) =>
        Head.IsChunked ? _content.WrittenSpan : BodyOf(octets);

    /// <summary>The content without its coding.</summary>
    /// <param name="octets">The message.</param>
    /// <param name="decoded">The content itself when it is not coded.</param>
    /// <param name="most">The most octets that coded content may stand for.</param>
    /// <returns>False when the coding is unknown, the content is not of it, or stands for more.</returns>
    public bool TryDecode(ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> decoded, int most = ContentDecoder.MaxDecodedBytes) =>
        _decoder.TryDecode(ContentOf(octets), out decoded, most);

    /// <summary>Puts the codings of the message on other content.</summary>
    /// <returns>The coded content; <paramref name="content"/> itself when it is not coded.</returns>
    public ReadOnlySpan<byte> Encode(ReadOnlySpan<byte> content)
    {
        foreach (var coding in Codings)
        {
            content = ContentCodings.Encode(coding, content);
        }

        return content;
    }

    /// <summary>The value of the first such field; empty when there is none.</summary>
    public ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> name) =>
        Head.TryFind(octets, name, out var value) ? value.Of(octets) : default;

    private void Unchunk(ReadOnlySpan<byte> body)
    {
        var reader = new BodyReader(BodyFraming.Chunked, 0);
        _chunkedLength = 0;
        while (true)
        {
            var status = reader.Read(body, Http1Policy.Passive, out var consumed, out var content, out _);
            _content.Write(content.Of(body));
            HasExtensions |= body[..Math.Min(consumed, content.Start)].ContainsAnyExcept(Framing)
                || body[Math.Min(consumed, content.End)..consumed].ContainsAnyExcept(Framing);
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
