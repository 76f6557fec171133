using System.Buffers;
using System.Text;
using Parallax.Traffic.Contents;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds the secrets in the content of a message or of a part, of whatever media type.</summary>
/// <remarks>The type is a hint: JSON is sent as a form, forms as text. Thread safety: none.</remarks>
internal sealed class ContentSecrets : IContentRule
{
    // They may look like text, and their keys are numbers.
    private static readonly byte[][] BinaryFormats =
    [
        "protobuf"u8.ToArray(), "grpc"u8.ToArray(), "msgpack"u8.ToArray(), "cbor"u8.ToArray(), "avro"u8.ToArray(), "bson"u8.ToArray(),
        "thrift"u8.ToArray(), "flatbuffers"u8.ToArray(), "java-serialized"u8.ToArray(), "x-amf"u8.ToArray(),
    ];

    private readonly ValueRule _rule;
    private readonly PartSecrets _parts;

    /// <summary>A rule for content.</summary>
    /// <param name="rule">The rule for values.</param>
    /// <param name="keepsOpaque">True when a part that is not text stays as it is.</param>
    public ContentSecrets(ValueRule rule, bool keepsOpaque)
    {
        _rule = rule;
        _parts = new(this, rule, keepsOpaque);
    }

    /// <inheritdoc/>
    public WithheldReason? Find(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> content, int at, FoundSecrets found)
    {
        if (content.IsEmpty || SecretMarks.IsMark(content))
        {
            return null;
        }

        var media = MediaType.Of(contentType);
        var isMultipart = MediaType.StartsWith(media, "multipart/"u8);
        var boundary = PartSecrets.BoundaryOf(content, isMultipart ? MediaType.Parameter(contentType, "boundary"u8) : default);
        if (isMultipart || !boundary.IsEmpty)
        {
            return boundary.IsEmpty ? WithheldReason.Damaged : _parts.Find(boundary, content, at, found);
        }

        var encoding = IsBinary(media) ? TextEncoding.None : TextEncodings.Of(content, MediaType.Parameter(contentType, "charset"u8));
        return encoding switch
        {
            TextEncoding.None => WithheldReason.Opaque,
            TextEncoding.Octets => FindInText(media, content, at, found),
            _ => FindInWide(media, content, encoding, at, found),
        };
    }

    /// <summary>Looks into text whose encoding has the octets of US-ASCII.</summary>
    /// <param name="media">The type without parameters.</param>
    /// <param name="text">The text.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets in it.</param>
    /// <returns>Null when it was looked into; else why it could not be.</returns>
    public WithheldReason? FindInText(ReadOnlySpan<byte> media, ReadOnlySpan<byte> text, int at, FoundSecrets found)
    {
        var mark = text.StartsWith("\uFEFF"u8) ? "\uFEFF"u8.Length : 0;
        text = text[mark..];
        at += mark;
        var trimmed = text.TrimStart(" \t\r\n"u8);
        if (trimmed.IsEmpty)
        {
            return null;
        }

        var isLikeJson = trimmed[0] is (byte)'{' or (byte)'[';
        if (MediaType.EndsWith(media, "/json"u8) || MediaType.EndsWith(media, "+json"u8) || MediaType.EndsWith(media, "ndjson"u8))
        {
            return TryJson(text, trimmed, at, found) ? null : WithheldReason.Damaged;
        }

        if (MediaType.EndsWith(media, "/x-www-form-urlencoded"u8) || (media.IsEmpty && !isLikeJson && IsLikeForm(text)))
        {
            FindInForm(text, isLikeJson, at, found);
        }
        else if (TableSecrets.IsTable(media))
        {
            TableSecrets.Find(text, at, found);
            _rule.Look(text, at, found, MarkStyle.Plain);
        }
        else if (!isLikeJson && IsCode(media) && !JsonEnvelope.TryOpen(trimmed, out _))
        {
            _rule.Text.Find(text, at, found, MarkStyle.Plain, TextKind.Code);
        }
        else if (!isLikeJson && (MediaType.EndsWith(media, "xml"u8) || MediaType.EndsWith(media, "html"u8)))
        {
            _rule.Markup.Find(text, at, found, MarkStyle.Plain);
        }
        else
        {
            _rule.Look(text, at, found, MarkStyle.Plain);
        }

        return null;
    }

    // A part: as a whole, since its octets are not those that were looked at.
    private WithheldReason? FindInWide(
        ReadOnlySpan<byte> media, ReadOnlySpan<byte> content, TextEncoding encoding, int at, FoundSecrets found)
    {
        var inner = new FoundSecrets();
        var text = new ArrayBufferWriter<byte>(content.Length);
        TextEncodings.ToUtf8(encoding, content, text);
        var reason = FindInText(media, text.WrittenSpan, 0, inner);
        if (inner.Count > 0)
        {
            found.Add(at, content.Length, SecretKind.Secret, MarkStyle.Plain);
        }

        return reason;
    }

    private bool TryJson(ReadOnlySpan<byte> text, ReadOnlySpan<byte> trimmed, int at, FoundSecrets found)
    {
        if (text.Contains(JsonEnvelope.RecordSeparator))
        {
            _rule.Look(text, at, found, MarkStyle.Plain);
            return true;
        }

        return JsonEnvelope.TryOpen(trimmed, out var inner)
            && _rule.Json.TryFind(trimmed[inner], at + text.Length - trimmed.Length + inner.Start.Value, found, MarkStyle.Plain)
            || _rule.Json.TryFind(text, at, found, MarkStyle.Plain);
    }

    // curl -d sends JSON, and whatever else, as a form.
    private void FindInForm(ReadOnlySpan<byte> text, bool isLikeJson, int at, FoundSecrets found)
    {
        if (isLikeJson && _rule.Json.TryFind(text, at, found, MarkStyle.Plain))
        {
            return;
        }

        _rule.Pairs.Form(text, at, found);
        if (text.ContainsAny("\"{<\n"u8))
        {
            _rule.Look(text, at, found, MarkStyle.Plain);
        }
    }

    private static bool IsLikeForm(ReadOnlySpan<byte> content) =>
        content.Contains((byte)'=') && !content.ContainsAnyInRange((byte)0, (byte)' ');

    private static bool IsCode(ReadOnlySpan<byte> media) =>
        MediaType.EndsWith(media, "javascript"u8) || MediaType.EndsWith(media, "ecmascript"u8) || MediaType.EndsWith(media, "/css"u8);

    private static bool IsBinary(ReadOnlySpan<byte> media)
    {
        Span<byte> lower = stackalloc byte[64];
        if (media.Length > lower.Length || Ascii.ToLower(media, lower, out var length) != OperationStatus.Done)
        {
            return false;
        }

        foreach (var format in BinaryFormats)
        {
            if (lower[..length].IndexOf(format) >= 0)
            {
                return true;
            }
        }

        return false;
    }
}
