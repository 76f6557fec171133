using System.Text;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds the secrets in XML and HTML: elements that are called like secrets, with all that is in them, and what all other texts
/// and attributes hold.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class MarkupSecrets(IValueRule rule, TextSecrets text)
{
    private const int LengthOfLead = 256;

    private readonly TagSecrets _tag = new(rule);

    private static ReadOnlySpan<byte> CharactersStart => "<![CDATA["u8;

    private static ReadOnlySpan<byte> CharactersEnd => "]]>"u8;

    /// <summary>Finds the secrets in markup.</summary>
    /// <param name="markup">Perhaps markup.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets.</param>
    /// <param name="style">How marks are written there.</param>
    /// <returns>False when it is none; then nothing was found.</returns>
    public bool TryFind(ReadOnlySpan<byte> markup, int at, FoundSecrets found, MarkStyle style)
    {
        var isMarkup = markup.TrimStart(" \t\r\n"u8) is [(byte)'<', var first, ..]
            && (char.IsAsciiLetter((char)first) || first is (byte)'!' or (byte)'?' or (byte)'/' or (byte)'_');
        if (isMarkup)
        {
            Find(markup, at, found, style);
        }

        return isMarkup;
    }

    /// <summary>Finds the secrets in markup, whatever stands before its first tag.</summary>
    public void Find(ReadOnlySpan<byte> markup, int at, FoundSecrets found, MarkStyle style)
    {
        var scope = new Scope { IsHtml = IsHtml(markup) };
        for (var from = 0; from < markup.Length;)
        {
            var open = markup[from..].IndexOf((byte)'<') is >= 0 and var length ? from + length : markup.Length;
            Content(markup[from..open], at + from, found, style, ref scope);
            from = open < markup.Length ? open + Piece(markup[open..], at + open, found, style, ref scope) : open;
        }
    }

    // A tag, a comment, a section of characters; how many octets it is.
    private int Piece(ReadOnlySpan<byte> rest, int at, FoundSecrets found, MarkStyle style, ref Scope scope)
    {
        if (rest.StartsWith("<!--"u8))
        {
            var comment = rest[..LengthUntil(rest, "-->"u8)];
            text.Find(comment, at, found, style, TextKind.Prose);
            return comment.Length;
        }

        if (rest.StartsWith(CharactersStart))
        {
            var section = rest[..LengthUntil(rest, CharactersEnd)];
            var inner = section[CharactersStart.Length..^(section.EndsWith(CharactersEnd) ? CharactersEnd.Length : 0)];
            if (scope.IsSecret)
            {
                scope.IsNextSecret = false;
                Add(section, at, found, style);
            }
            else
            {
                Content(inner, at + CharactersStart.Length, found, style, ref scope, hasReferences: false);
            }

            return section.Length;
        }

        var tag = rest[..LengthUntil(rest, ">"u8)];
        var name = TagSecrets.NameOf(tag);
        Entity(tag, at, found, style);
        if (tag is [_, (byte)'/', ..])
        {
            scope.Close();
            return tag.Length;
        }

        var namesSecret = _tag.Find(tag, at, found, style) && (!scope.IsHtml || Ascii.EqualsIgnoreCase(name, "textarea"u8));
        var isEmpty = tag.EndsWith("/>"u8) || tag is [_, (byte)'!' or (byte)'?', ..];
        scope.Open(name, isEmpty, !isEmpty && (namesSecret || SecretKeys.MeaningOf(name) == KeyMeaning.Secret));
        return tag.Length + Script(rest[tag.Length..], name, at + tag.Length, found, style);
    }

    // <!ENTITY name "value">, in a document type.
    private static void Entity(ReadOnlySpan<byte> tag, int at, FoundSecrets found, MarkStyle style)
    {
        if (tag is not [_, (byte)'!', ..] || tag.IndexOf("<!ENTITY"u8) is not (>= 0 and var declaration))
        {
            return;
        }

        var rest = tag[(declaration + "<!ENTITY"u8.Length)..].TrimStart(" \t\r\n%"u8);
        var open = rest.IndexOfAny((byte)'"', (byte)'\'');
        if (open > 0 && SecretKeys.MeaningOf(rest[..open].TrimEnd(" \t\r\n"u8)) == KeyMeaning.Secret)
        {
            var value = rest[(open + 1)..];
            value = value[..(value.IndexOf(rest[open]) is >= 0 and var close ? close : value.Length)];
            Add(value, at + tag.Length - rest.Length + open + 1, found, style);
        }
    }

    private int Script(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> name, int at, FoundSecrets found, MarkStyle style)
    {
        if (!Ascii.EqualsIgnoreCase(name, "script"u8) && !Ascii.EqualsIgnoreCase(name, "style"u8))
        {
            return 0;
        }

        var end = 0;
        while (end < rest.Length && !IsEndOfScript(rest[end..]))
        {
            end = rest[(end + 1)..].IndexOf("</"u8) is >= 0 and var next ? end + 1 + next : rest.Length;
        }

        var script = rest[..end];
        if (script.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..])
        {
            rule.Look(script, at, found, style);
        }
        else
        {
            text.Find(script, at, found, style, TextKind.Code);
        }

        return end;
    }

    private static bool IsEndOfScript(ReadOnlySpan<byte> rest) => rest is [(byte)'<', (byte)'/', (byte)'s' or (byte)'S', ..];

    private void Content(
        ReadOnlySpan<byte> content, int at, FoundSecrets found, MarkStyle style, ref Scope scope, bool hasReferences = true)
    {
        var start = content.Length - content.TrimStart(" \t\r\n"u8).Length;
        content = content.Trim(" \t\r\n"u8);
        if (content.IsEmpty)
        {
            return;
        }

        if (scope.IsSecret)
        {
            scope.IsNextSecret = false;
            Add(content, at + start, found, style);
            return;
        }

        scope.IsNextSecret = scope.IsNaming && SecretKeys.MeaningOf(content) == KeyMeaning.Secret;
        if (hasReferences && content.Contains((byte)'&'))
        {
            ReferencedSecrets.Look(content, at + start, found, style, rule);
        }
        else
        {
            rule.Look(content, at + start, found, style);
        }
    }

    private static void Add(ReadOnlySpan<byte> secret, int at, FoundSecrets found, MarkStyle style)
    {
        if (!SecretMarks.IsMark(secret))
        {
            found.Add(at, secret.Length, SecretKind.Secret, style);
        }
    }

    private static int LengthUntil(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> end) =>
        rest.IndexOf(end) is >= 0 and var length ? length + end.Length : rest.Length;

    private static bool IsHtml(ReadOnlySpan<byte> markup)
    {
        var lead = markup[..Math.Min(markup.Length, LengthOfLead)];
        return lead.IndexOf("<html"u8) >= 0 || lead.IndexOf("<HTML"u8) >= 0 || lead.IndexOf("<!doctype html"u8) >= 0
            || lead.IndexOf("<!DOCTYPE html"u8) >= 0 || lead.IndexOf("<!DOCTYPE HTML"u8) >= 0;
    }

    // Where in the document one is.
    private ref struct Scope
    {
        private int _depth;

        /// <summary>True where elements need not be closed: then what is secret ends with the next tag.</summary>
        public bool IsHtml { get; init; }

        /// <summary>True when the next text is a secret.</summary>
        public bool IsNextSecret { get; set; }

        /// <summary>True within an element whose text is the name of another's.</summary>
        public bool IsNaming { get; private set; }

        public readonly bool IsSecret => IsNextSecret || _depth > 0;

        public void Open(ReadOnlySpan<byte> name, bool isEmpty, bool opensSecret)
        {
            IsNaming = name.SequenceEqual("key"u8) || name.SequenceEqual("name"u8) || name.SequenceEqual("Key"u8)
                || name.SequenceEqual("Name"u8);
            IsNextSecret = IsHtml ? opensSecret : IsNextSecret;
            _depth += !IsHtml && !isEmpty && (opensSecret || _depth > 0) ? 1 : 0;
        }

        public void Close()
        {
            IsNaming = false;
            IsNextSecret &= !IsHtml;
            _depth -= _depth > 0 ? 1 : 0;
        }
    }
}
