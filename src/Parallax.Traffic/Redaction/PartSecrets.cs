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
/// <param name="keepsOpaque">True when a part that is no text stays as it is.</param>
internal sealed class PartSecrets(IContentRule content, IValueRule rule, bool keepsOpaque)
{
    private const int MaxNesting = 4;

    private int _nesting;

    /// <summary>Finds them.</summary>
    /// <param name="boundary">The parameter of the media type.</param>
    /// <param name="parts">All parts.</param>
    /// <param name="at">Where they begin in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets.</param>
    /// <returns>False when parts are nested too deep.</returns>
    public bool TryFind(ReadOnlySpan<byte> boundary, ReadOnlySpan<byte> parts, int at, FoundSecrets found)
    {
        if (_nesting == MaxNesting)
        {
            return false;
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
        return true;
    }

    private void Part(ReadOnlySpan<byte> part, int at, FoundSecrets found)
    {
        var end = part.IndexOf("\r\n\r\n"u8);
        var head = part[..(end < 0 ? part.Length : end + 4)];
        rule.Look(head, at, found, MarkStyle.Plain);
        var body = part[head.Length..];
        body = body[..^(body.EndsWith("\r\n"u8) ? 2 : 0)];
        at += head.Length;
        if (SecretKeys.IsSecret(SecretKeys.MeaningOf(MediaType.Parameter(FieldOf(head, "content-disposition:"u8), "name="u8)), body))
        {
            if (!SecretMarks.IsMark(body))
            {
                found.Add(at, body.Length, SecretKind.Secret, MarkStyle.Plain);
            }
        }
        else if (content.Find(FieldOf(head, "content-type:"u8), body, at, found) is not null and var reason
            && !(keepsOpaque && reason == WithheldReason.Opaque))
        {
            found.Add(at, body.Length, SecretKind.Withheld, MarkStyle.Plain);
        }
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
}
