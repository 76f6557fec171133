using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Parallax.Traffic.Recording;

/// <summary>Copies the content of a message, of whatever media type, and replaces the secrets in it.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class ContentRedaction(TextRedaction text)
{
    private static readonly byte[][] HarmlessMedia =
        ["image/"u8.ToArray(), "audio/"u8.ToArray(), "video/"u8.ToArray(), "font/"u8.ToArray(), "application/wasm"u8.ToArray()];

    /// <summary>True when content of this type is no text.</summary>
    public static bool IsHarmless(ReadOnlySpan<byte> contentType)
    {
        foreach (var harmless in HarmlessMedia)
        {
            if (contentType.Length >= harmless.Length && Ascii.EqualsIgnoreCase(contentType[..harmless.Length], harmless)
                && !EndsWith(contentType, "svg+xml"u8))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Copies the content.</summary>
    /// <param name="contentType">What it is said to be; may be empty.</param>
    /// <param name="content">The content without coding.</param>
    /// <param name="to">Where to; to be ignored when an exception is thrown.</param>
    /// <returns>True when something was replaced.</returns>
    /// <exception cref="JsonException">It is said to be JSON and is not.</exception>
    /// <exception cref="InvalidOperationException">The same.</exception>
    public bool Redact(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> content, ArrayBufferWriter<byte> to)
    {
        var end = contentType.IndexOf((byte)';');
        var media = (end < 0 ? contentType : contentType[..end]).TrimEnd(" \t"u8);
        if (EndsWith(media, "/json"u8) || EndsWith(media, "+json"u8) || EndsWith(media, "ndjson"u8)
            || (media.IsEmpty && TextRedaction.IsLikeJson(content)))
        {
            return text.JsonText(content, to);
        }

        if ((media.IsEmpty && IsLikeForm(content)) || EndsWith(media, "/x-www-form-urlencoded"u8))
        {
            return text.Form(content, to);
        }

        var boundary = Parameter(contentType, "boundary="u8);
        if (!boundary.IsEmpty && media.Length > 10 && Ascii.EqualsIgnoreCase(media[..10], "multipart/"u8))
        {
            return Parts([.. "--"u8, .. boundary], content, to);
        }

        // Browsers send JSON as text, so that it needs no leave of the other side.
        return TextRedaction.IsLikeJson(content) && TryJson(content, to, out var isChanged) ? isChanged
            : EndsWith(media, "xml"u8) ? Elements(content, to)
            : text.Text(content, to);
    }

    private static bool IsLikeForm(ReadOnlySpan<byte> content) =>
        content.Contains((byte)'=') && !content.ContainsAnyInRange((byte)0, (byte)' ');

    private bool TryJson(ReadOnlySpan<byte> content, ArrayBufferWriter<byte> to, out bool isChanged)
    {
        var attempt = new ArrayBufferWriter<byte>();
        try
        {
            isChanged = text.JsonText(content, attempt);
            to.Write(attempt.WrittenSpan);
            return true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            isChanged = false;
            return false;
        }
    }

    /// <summary>What stands behind the beginning of an element that is called like a secret, up to the next tag.</summary>
    private bool Elements(ReadOnlySpan<byte> xml, ArrayBufferWriter<byte> to)
    {
        var isChanged = false;
        while (xml.IndexOf((byte)'>') is >= 0 and var end)
        {
            isChanged |= text.Text(xml[..end], to);
            to.Write(">"u8);
            var tag = xml[(xml[..end].LastIndexOf((byte)'<') + 1)..end];
            xml = xml[(end + 1)..];
            var name = tag[..(tag.IndexOfAny(" \t\r\n/"u8) is >= 0 and var length ? length : tag.Length)];
            name = name[(name.IndexOf((byte)':') + 1)..];
            var isQuoted = xml.StartsWith("<![CDATA["u8);
            var until = isQuoted ? xml.IndexOf("]]>"u8) : xml.IndexOf((byte)'<');
            until += isQuoted && until >= 0 ? "]]>"u8.Length : 0;
            if (SecretNames.IsSecretKey(name) && !tag.EndsWith("/"u8))
            {
                isChanged |= text.Whole(until < 0 ? xml : xml[..until], to, "secret"u8);
                xml = until < 0 ? default : xml[until..];
            }
        }

        return text.Text(xml, to) || isChanged;
    }

    private bool Parts(ReadOnlySpan<byte> delimiter, ReadOnlySpan<byte> content, ArrayBufferWriter<byte> to)
    {
        var isChanged = false;
        while (content.IndexOf(delimiter) is >= 0 and var at)
        {
            isChanged |= Part(content[..at], to);
            to.Write(delimiter);
            content = content[(at + delimiter.Length)..];
        }

        return Part(content, to) || isChanged;
    }

    private bool Part(ReadOnlySpan<byte> part, ArrayBufferWriter<byte> to)
    {
        var end = part.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return text.Text(part, to);
        }

        var head = part[..(end + 4)];
        var body = part[(end + 4)..];
        var lineEnd = body.EndsWith("\r\n"u8) ? 2 : 0;
        var content = body[..^lineEnd];
        var isChanged = text.Text(head, to);
        isChanged |= SecretNames.IsSecretKey(Parameter(FieldOf(head, "content-disposition:"u8), "name="u8))
            ? text.Whole(content, to, "secret"u8)
            : Content(FieldOf(head, "content-type:"u8), content, to);
        to.Write(body[^lineEnd..]);
        return isChanged;
    }

    private bool Content(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> content, ArrayBufferWriter<byte> to)
    {
        if (IsHarmless(contentType))
        {
            to.Write(content);
            return false;
        }

        // A part without a type is text (RFC 7578 §4.4).
        return TextRedaction.IsLikeJson(content) && TryJson(content, to, out var isChanged) ? isChanged
            : EndsWith(contentType, "xml"u8) ? Elements(content, to)
            : text.Text(content, to);
    }

    private static ReadOnlySpan<byte> FieldOf(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        while (head.Length >= name.Length)
        {
            var end = head.IndexOf((byte)'\n');
            var line = end < 0 ? head : head[..end];
            if (line.Length >= name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name))
            {
                return line[name.Length..].Trim(" \t\r"u8);
            }

            head = end < 0 ? default : head[(end + 1)..];
        }

        return default;
    }

    /// <summary>The value of a parameter of a field, <c>; name=value</c>; empty when there is none.</summary>
    private static ReadOnlySpan<byte> Parameter(ReadOnlySpan<byte> field, ReadOnlySpan<byte> name)
    {
        while (field.IndexOf((byte)';') is >= 0 and var at)
        {
            field = field[(at + 1)..].TrimStart(" \t"u8);
            if (field.Length >= name.Length && Ascii.EqualsIgnoreCase(field[..name.Length], name))
            {
                var value = field[name.Length..];
                var isQuoted = value is [(byte)'"', ..];
                value = isQuoted ? value[1..] : value;
                var end = value.IndexOf(isQuoted ? (byte)'"' : (byte)';');
                return (end < 0 ? value : value[..end]).TrimEnd(" \t"u8);
            }
        }

        return default;
    }

    private static bool EndsWith(ReadOnlySpan<byte> media, ReadOnlySpan<byte> ending) =>
        media.Length >= ending.Length && Ascii.EqualsIgnoreCase(media[^ending.Length..], ending);
}
