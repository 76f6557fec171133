using System.Buffers;
using System.Text;
using Parallax.Recording.Entries;
using Parallax.Traffic.Contents;
using Parallax.Traffic.Redaction;

namespace Parallax.Recording.Redaction;

/// <summary>What was done to a body.</summary>
internal enum BodyOutcome : byte
{
    /// <summary>Nothing: there is no secret in it.</summary>
    AsItWas,

    /// <summary>Marks stand in place of its secrets.</summary>
    Rewritten,

    /// <summary>A mark stands in place of all of it.</summary>
    Withheld,
}

/// <summary>Replaces the secrets in the body of a message: takes its codings off, finds them, and puts the codings on again.</summary>
/// <remarks>Thread safety: none.</remarks>
/// <param name="rule">Looks into values.</param>
/// <param name="marks">Makes the marks.</param>
/// <param name="keepsOpaque">True when content that is not text stays as it is.</param>
/// <param name="withheld">Counts what cannot be looked into.</param>
internal sealed class BodyRedaction(ValueRule rule, SecretMarks marks, bool keepsOpaque, WithheldCounters withheld)
{
    // What a larger body needed is given back with the next one.
    private const int KeptBytes = 1 << 20;

    private readonly ContentSecrets _secrets = new(rule, keepsOpaque);
    private readonly FoundSecrets _found = new();
    private readonly ArrayBufferWriter<byte> _content = new();
    private ArrayBufferWriter<byte> _wide = new();

    /// <summary>Replaces them.</summary>
    /// <param name="message">The message, read.</param>
    /// <param name="octets">Its octets.</param>
    /// <param name="content">The content to be written, without chunk framing; valid until the next call.</param>
    public BodyOutcome Redact(RecordedMessage message, ReadOnlySpan<byte> octets, out ReadOnlySpan<byte> content)
    {
        content = message.ContentOf(octets);
        if (content.IsEmpty)
        {
            return BodyOutcome.AsItWas;
        }

        _content.ResetWrittenCount();
        _found.Clear();
        if (!message.TryDecode(octets, out var decoded) || message.Decoding.HasRest)
        {
            return Withhold(message.Decoding.IsTooLarge ? WithheldReason.TooLarge : WithheldReason.Coding, ref content);
        }

        rule.Begin(decoded.Length);
        var reason = Write(message.ValueOf(octets, "content-type"u8), decoded);
        reason = rule.IsExhausted ? WithheldReason.TooComplex : reason;
        if (reason is { } why && !(keepsOpaque && why == WithheldReason.Opaque))
        {
            return Withhold(why, ref content);
        }

        withheld.Count(WithheldReason.Opaque, _found.Withheld);

        // Trailers, extensions of chunks, and what stands beside coded content, can only be left out by rewriting the body.
        if (_found.Count == 0 && !message.HasTrailers && !message.HasExtensions && !message.MayHoldMore)
        {
            return BodyOutcome.AsItWas;
        }

        content = message.Encode(_found.Count == 0 ? decoded : _content.WrittenSpan);
        return BodyOutcome.Rewritten;
    }

    private WithheldReason? Write(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> decoded)
    {
        var encoding = decoded.Contains((byte)0) ? TextEncodings.Of(decoded, MediaType.Parameter(contentType, "charset"u8)) : default;
        if (encoding >= TextEncoding.Utf16)
        {
            return WriteWide(contentType, decoded, encoding);
        }

        var reason = _secrets.Find(contentType, decoded, 0, _found);
        if (reason is null && _found.Count > 0)
        {
            _found.Write(decoded, marks, _content);
        }

        return reason;
    }

    private WithheldReason? WriteWide(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> decoded, TextEncoding encoding)
    {
        // The last character may be cut off.
        var wide = TextEncodings.Wide(encoding);
        var whole = decoded[..(decoded.Length / 4 * 4)];
        whole = encoding < TextEncoding.Utf32 ? decoded[..(decoded.Length / 2 * 2)] : whole;
        _wide = _wide.Capacity > KeptBytes ? new() : _wide;
        _wide.ResetWrittenCount();
        TextEncodings.ToUtf8(encoding, whole, _wide);
        var text = _wide.WrittenSpan;
        var reason = _secrets.FindInText(MediaType.Of(contentType), text, 0, _found);
        if (reason is null && _found.Count > 0)
        {
            var narrow = new ArrayBufferWriter<byte>(text.Length);
            _found.Write(text, marks, narrow);
            _content.Write(wide.GetBytes(Encoding.UTF8.GetString(narrow.WrittenSpan)));
            _content.Write(decoded[whole.Length..]);
        }

        return reason;
    }

    /// <summary>Only length and hash stay.</summary>
    private BodyOutcome Withhold(WithheldReason reason, ref ReadOnlySpan<byte> content)
    {
        withheld.Count(reason);
        _content.ResetWrittenCount();
        marks.Append(_content, SecretKind.Withheld, content);
        content = _content.WrittenSpan;
        return BodyOutcome.Withheld;
    }
}
