using System.Text;
using Parallax.Traffic.Contents;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds the secrets in one of several parts of a message, of whatever media type it is.</summary>
internal interface IContentRule
{
    /// <summary>Looks into content.</summary>
    /// <param name="contentType">What it is said to be; may be empty.</param>
    /// <param name="content">The content without coding.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets in it.</param>
    /// <returns>Null when it was looked into; else why it could not be.</returns>
    WithheldReason? Find(ReadOnlySpan<byte> contentType, ReadOnlySpan<byte> content, int at, FoundSecrets found);
}

/// <summary>Finds the secrets in multipart content (RFC 2046, RFC 7578).</summary>
/// <remarks>Thread safety: none.</remarks>
/// <param name="content">Looks into a part.</param>
/// <param name="rule">Looks into its head.</param>
/// <param name="keepsOpaque">True when a part that is not text stays as it is.</param>
internal sealed class PartSecrets(IContentRule content, IValueRule rule, bool keepsOpaque)
{
    private const int MaxNesting = 4;

    // RFC 2046 §5.1.1.
    private const int LongestBoundary = 70;
    private const int LongestName = 128;

    private int _nesting;

    /// <summary>The boundary between parts; empty when there are no parts.</summary>
    /// <param name="content">Perhaps parts.</param>
    /// <param name="declared">What the media type says it is; it may be left out, or wrong: then the first line shows it, when a field of a
    /// part's head follows.</param>
    public static ReadOnlySpan<byte> BoundaryOf(ReadOnlySpan<byte> content, ReadOnlySpan<byte> declared)
    {
        if (declared.Length is > 0 and <= LongestBoundary && StartsPart(content, declared))
        {
            return declared;
        }

        var lead = content.TrimStart("\r\n"u8);
        var line = lead.StartsWith("--"u8) ? lead["--"u8.Length..] : default;
        var end = line[..Math.Min(line.Length, LongestBoundary + 1)].IndexOfAny((byte)'\r', (byte)'\n');
        var head = end > 0 ? line[end..].TrimStart("\r\n"u8) : default;
        return head.Length >= "content-"u8.Length && Ascii.EqualsIgnoreCase(head[.."content-"u8.Length], "content-"u8)
            ? line[..end].TrimEnd(" \t"u8)
            : default;
    }

    /// <summary>Finds them.</summary>
    /// <param name="boundary">What stands between the parts.</param>
    /// <param name="parts">All parts.</param>
    /// <param name="at">Where they begin in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets.</param>
    /// <returns>Null when they were looked into; else why they could not be.</returns>
    public WithheldReason? Find(ReadOnlySpan<byte> boundary, ReadOnlySpan<byte> parts, int at, FoundSecrets found)
    {
        if (_nesting == MaxNesting)
        {
            return WithheldReason.TooComplex;
        }

        _nesting++;
        byte[] delimiter = [.. "--"u8, .. boundary];
        for (var from = 0; from < parts.Length;)
        {
            var length = parts[from..].IndexOf(delimiter);
            var end = length < 0 ? parts.Length : from + length;
            Part(parts[from..end], at + from, found);
            from = length < 0 ? end : end + delimiter.Length;
        }

        _nesting--;
        return null;
    }

    private void Part(ReadOnlySpan<byte> part, int at, FoundSecrets found)
    {
        var head = part[..LengthOfHead(part)];
        rule.Look(head, at, found, MarkStyle.Plain);
        var body = part[head.Length..];
        body = body[..^(body.EndsWith("\r\n"u8) ? 2 : body.EndsWith("\n"u8) ? 1 : 0)];
        at += head.Length;
        if (SecretKeys.IsSecret(MeaningOf(FieldOf(head, "content-disposition:"u8)), body))
        {
            if (!SecretMarks.IsMark(body))
            {
                found.Add(at, body.Length, SecretKind.Secret, MarkStyle.Plain);
            }
        }
        else if (FindInBody(head, body, at, found) is not null and var reason && !(keepsOpaque && reason == WithheldReason.Opaque))
        {
            found.Add(at, body.Length, SecretKind.Withheld, MarkStyle.Plain);
        }
    }

    // Other codings break words and lines.
    private WithheldReason? FindInBody(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, int at, FoundSecrets found)
    {
        var coding = FieldOf(head, "content-transfer-encoding:"u8);
        var isBase64 = Ascii.EqualsIgnoreCase(coding, "base64"u8);
        var isPlain = coding.IsEmpty || isBase64 || Ascii.EqualsIgnoreCase(coding, "7bit"u8) || Ascii.EqualsIgnoreCase(coding, "8bit"u8)
            || Ascii.EqualsIgnoreCase(coding, "binary"u8);
        return isPlain || !body.Contains((byte)'=')
            ? content.Find(isBase64 ? default : FieldOf(head, "content-type:"u8), body, at, found)
            : WithheldReason.Coding;
    }

    // name="…"; name*=utf-8''… (RFC 5987); browsers escape quotes in names.
    private static KeyMeaning MeaningOf(ReadOnlySpan<byte> disposition)
    {
        var name = MediaType.Parameter(disposition, "name"u8);
        name = name.IsEmpty ? MediaType.Parameter(disposition, "name*"u8) : name;
        name = name[(name.LastIndexOf((byte)'\'') + 1)..];
        Span<byte> unescaped = stackalloc byte[LongestName];
        name = name.Length > LongestName ? name[^LongestName..] : name;
        return SecretKeys.MeaningOf(unescaped[..Escapes.Percent(name, unescaped, isForm: false)]);
    }

    // With the blank line; all of a part without one.
    private static int LengthOfHead(ReadOnlySpan<byte> part)
    {
        for (var from = 0; part[from..].IndexOf((byte)'\n') is >= 0 and var next;)
        {
            from += next + 1;
            var blank = part[from..] switch
            {
                [(byte)'\r', (byte)'\n', ..] => 2,
                [(byte)'\n', ..] => 1,
                _ => 0,
            };
            if (blank > 0)
            {
                return from + blank;
            }
        }

        return part.Length;
    }

    // A line may be continued by the next (RFC 5322 §2.2.3).
    private static ReadOnlySpan<byte> FieldOf(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        while (head.Length >= name.Length)
        {
            var end = head.IndexOf((byte)'\n');
            while (end >= 0 && head[(end + 1)..] is [(byte)' ' or (byte)'\t', ..])
            {
                end = head[(end + 1)..].IndexOf((byte)'\n') is >= 0 and var next ? end + 1 + next : -1;
            }

            var field = end < 0 ? head : head[..end];
            if (field.Length >= name.Length && Ascii.EqualsIgnoreCase(field[..name.Length], name))
            {
                return field[name.Length..].Trim(" \t\r\n"u8);
            }

            head = end < 0 ? default : head[(end + 1)..];
        }

        return default;
    }

    private static bool StartsPart(ReadOnlySpan<byte> content, ReadOnlySpan<byte> boundary)
    {
        for (var from = 0; content[from..].IndexOf("--"u8) is >= 0 and var next; from += next + 1)
        {
            if (content[(from + next + 2)..].StartsWith(boundary))
            {
                return true;
            }
        }

        return false;
    }
}
