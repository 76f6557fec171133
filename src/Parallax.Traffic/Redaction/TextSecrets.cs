using System.Buffers;
using System.Text;
using Parallax.Traffic.Contents;

namespace Parallax.Traffic.Redaction;

/// <summary>What kind of text it is.</summary>
internal enum TextKind : byte
{
    /// <summary>Words, lines, settings, logs.</summary>
    Prose,

    /// <summary>A program or a style sheet: only what stands in quotes, or in a URL, is a value.</summary>
    Code,
}

/// <summary>Finds the secrets in a text whose grammar is not known: what has the shape of one, what is assigned to a telling key, users in
/// URLs, tokens in paths, and lines of JSON.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class TextSecrets(IValueRule rule, JsonSecrets json, KnownNames<KeyMeaning> keys)
{
    private const int ShortestUnquoted = 4;
    private const int LongestFlag = 64;

    private static readonly SearchValues<byte> RunEnds = SearchValues.Create(" \t\r\n\"'`<>&;=?#(),|"u8);

    private static readonly byte[][] Literals =
        ["true"u8.ToArray(), "false"u8.ToArray(), "null"u8.ToArray(), "none"u8.ToArray(), "nil"u8.ToArray(), "undefined"u8.ToArray()];

    /// <summary>Finds them.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets.</param>
    /// <param name="style">How marks are written there.</param>
    /// <param name="kind">What may be a value in it.</param>
    public void Find(ReadOnlySpan<byte> text, int at, FoundSecrets found, MarkStyle style, TextKind kind)
    {
        if (text.IsEmpty)
        {
            return;
        }

        SecretShapes.Find(text, at, found, style);
        FindAssigned(text, at, found, style, kind);
        FindEscaped(text, at, found, style);
        if (kind == TextKind.Prose)
        {
            FindFlags(text, at, found, style);
        }

        if (text[0] == (byte)'/')
        {
            PathSecrets.Find(text[..PathSecrets.LengthOf(text)], at, found, style);
        }

        FindJson(text, at, found, style);
    }

    private void FindAssigned(ReadOnlySpan<byte> text, int at, FoundSecrets found, MarkStyle style, TextKind kind)
    {
        var seen = text.StartsWith("//"u8) ? FindInUrl(text, "//"u8.Length, 0, at, found, style) : 0;
        var ahead = new WordsAhead(Assignment.Ends);
        for (var from = 0; from < text.Length && text[from..].IndexOfAny((byte)'=', (byte)':') is >= 0 and var next;)
        {
            var joint = from + next;
            from = joint + 1;
            if (text[joint] == (byte)':' && text[from..].StartsWith("//"u8))
            {
                from += "//"u8.Length;
                seen = FindInUrl(text, from, seen, at, found, style);
                continue;
            }

            var key = Assignment.KeyBefore(text, joint, out var isQuoted);
            var meaning = keys.MeaningOf(text[key]);
            if (meaning == KeyMeaning.Plain)
            {
                continue;
            }

            var value = ValueOf(text, new(joint, key.Start.Value, isQuoted, meaning, kind), ref ahead, out from);
            if (!value.IsEmpty && SecretKeys.IsSecret(meaning, value) && !SecretMarks.IsMark(value))
            {
                found.Add(at + from - value.Length, value.Length, SecretKind.Secret, style);
            }
            else if (value.IndexOf((byte)',') is >= 0 and var comma)
            {
                // Another pair may follow: key=name,password=…
                from += comma + 1 - value.Length;
            }
        }
    }

    // Empty when nothing is assigned; then what stands after the joint is looked at further.
    private static ReadOnlySpan<byte> ValueOf(ReadOnlySpan<byte> text, in Joint joint, ref WordsAhead ahead, out int end)
    {
        var start = joint.At + 1;
        end = start;
        var rest = text[start..];
        if (rest is [(byte)'=', ..])
        {
            end++;
            return default;
        }

        start += rest is [(byte)'>', ..] ? 1 : 0;
        rest = text[start..].TrimStart(" \t"u8);
        if (joint.IsQuoted && rest is [(byte)'\r' or (byte)'\n', ..])
        {
            // Lines of one document, perhaps of an event stream.
            rest = rest.TrimStart(" \t\r\n"u8);
            rest = rest.StartsWith("data:"u8) ? rest["data:"u8.Length..].TrimStart(" \t"u8) : rest;
        }

        start = text.Length - rest.Length;
        if (SecretMarks.LengthOf(rest) is > 0 and var mark)
        {
            end = start + mark;
            return default;
        }

        var quote = Assignment.QuoteAt(rest);
        var length = quote > 0
            ? Assignment.LengthOfQuoted(rest[quote..], rest[..quote])
            : LengthOfUnquoted(text, joint, start, ref ahead);
        end = length > 0 ? start + quote + length : end;
        return length > 0 ? text.Slice(start + quote, length) : default;
    }

    private static int LengthOfUnquoted(ReadOnlySpan<byte> text, in Joint joint, int start, ref WordsAhead ahead)
    {
        var isInUrl = joint.Key > 0 && text[joint.Key - 1] is (byte)'?' or (byte)'&' or (byte)';' or (byte)'#';
        if (start == text.Length || (joint.Kind == TextKind.Code && !isInUrl))
        {
            return 0;
        }

        var isPair = text[joint.At] == (byte)'=' || joint.IsQuoted;
        var beginsLine = !isPair && Assignment.BeginsLine(text, joint.Key);
        if (beginsLine && joint.Meaning == KeyMeaning.Secret && Assignment.LengthOfBlock(text, joint.Key, start) is > 0 and var block)
        {
            return block;
        }

        var end = ahead.EndOfWord(text, start);
        if (end == start || IsNoValue(text[start..end]))
        {
            return 0;
        }

        if (beginsLine)
        {
            var rest = text[start..];
            var line = (rest.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var lineEnd ? rest[..lineEnd] : rest).TrimEnd(" \t,"u8);
            if (IsField(text[joint.Key..joint.At]) || !line.ContainsAny((byte)' ', (byte)'\t'))
            {
                return line.Length;
            }
        }

        // In a sentence a word follows as often as a value.
        return isPair || (end - start >= ShortestUnquoted && ahead.NextDigit(text, start) < end) ? end - start : 0;
    }

    // A field of HTTP in a text, whose value is the line.
    private static bool IsField(ReadOnlySpan<byte> key) =>
        key.TrimEnd(" \t\"'"u8) is var name
            && (name.Length >= 13 && Ascii.EqualsIgnoreCase(name[^13..], "authorization"u8)
                || name.Length >= 6 && Ascii.EqualsIgnoreCase(name[^6..], "cookie"u8));

    // A place where a value is put, or none.
    private static bool IsNoValue(ReadOnlySpan<byte> word)
    {
        if (word[0] is (byte)'{' or (byte)'[' or (byte)'<' || word.StartsWith("${"u8) || word.StartsWith("$("u8)
            || !word.ContainsAnyExcept((byte)'*', (byte)'.'))
        {
            return true;
        }

        foreach (var literal in Literals)
        {
            if (Ascii.EqualsIgnoreCase(word, literal))
            {
                return true;
            }
        }

        return false;
    }

    // The path of a URL within the path of another was looked at with that.
    private static int FindInUrl(ReadOnlySpan<byte> text, int from, int seen, int at, FoundSecrets found, MarkStyle style)
    {
        var url = text[from..];
        var user = PathSecrets.LengthOfUser(url);
        if (user > 0 && !SecretMarks.IsMark(url[..user]))
        {
            found.Add(at + from, user, SecretKind.User, style);
        }

        if (from < seen)
        {
            return seen;
        }

        var end = user + PathSecrets.LengthOf(url[user..]);
        if (url[user..end].IndexOf((byte)'/') is >= 0 and var path)
        {
            PathSecrets.Find(url[(user + path)..end], at + from + user + path, found, style);
        }

        return from + end;
    }

    // Of a command: --password value.
    private void FindFlags(ReadOnlySpan<byte> text, int at, FoundSecrets found, MarkStyle style)
    {
        for (var from = 0; text[from..].IndexOf("--"u8) is >= 0 and var next;)
        {
            from += next + "--"u8.Length;
            var name = text[from..Math.Min(text.Length, from + LongestFlag)];
            name = name[..(name.IndexOfAny(" \t=\r\n"u8) is >= 0 and var length ? length : 0)];
            var start = from + name.Length + 1;
            if (name.IsEmpty || text[start - 1] is not ((byte)' ' or (byte)'\t') || keys.MeaningOf(name) != KeyMeaning.Secret)
            {
                continue;
            }

            from = start + Assignment.QuoteAt(text[start..]);
            var word = text[from..];
            word = word[..(word.IndexOfAny(Assignment.Ends) is >= 0 and var end ? end : word.Length)];
            if (word is not ([] or [(byte)'-', ..]) && !SecretMarks.IsMark(word))
            {
                found.Add(at + from, word.Length, SecretKind.Secret, style);
            }

            from += word.Length;
        }
    }

    private void FindEscaped(ReadOnlySpan<byte> text, int at, FoundSecrets found, MarkStyle style)
    {
        for (var from = 0; text[from..].IndexOf((byte)'%') is >= 0 and var next;)
        {
            var escape = from + next;
            if (!Escapes.IsPercent(text[escape..]))
            {
                from = escape + 1;
                continue;
            }

            var start = from + text[from..escape].LastIndexOfAny(RunEnds) + 1;
            var end = text[escape..].IndexOfAny(RunEnds) is >= 0 and var length ? escape + length : text.Length;
            var buffer = ArrayPool<byte>.Shared.Rent(end - start);
            var size = Escapes.Percent(text[start..end], buffer, isForm: false);
            if (rule.Holds(buffer.AsSpan(0, size), out var kind))
            {
                found.Add(at + start, end - start, kind, style);
            }

            ArrayPool<byte>.Shared.Return(buffer);
            from = end;
        }
    }

    // A line of a log, an event, what a script assigns: JSON stands within other text.
    private void FindJson(ReadOnlySpan<byte> text, int at, FoundSecrets found, MarkStyle style)
    {
        for (var from = 0; from < text.Length && text[from..].IndexOfAny((byte)'{', (byte)'[') is >= 0 and var next;)
        {
            var start = from + next;
            from = start + (JsonSecrets.MayBegin(text[start..]) ? json.FindFirst(text[start..], at + start, found, style) : 1);
        }
    }

    // Where something may be assigned: the joint, the key before it, and what that says.
    private readonly record struct Joint(int At, int Key, bool IsQuoted, KeyMeaning Meaning, TextKind Kind);
}
