using System.Buffers;
using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds the secrets in the head of a message: in its target, and in every field that is not known to be harmless.</summary>
/// <remarks>Thread safety: none.</remarks>
/// <param name="rule">Looks into values.</param>
/// <param name="keptFields">Names of fields whose values are harmless, too.</param>
internal sealed class HeadSecrets(ValueRule rule, HashSet<string> keptFields)
{
    // " HTTP/1.1"
    private const int LongestVersion = 9;

    // Values without a secret, those seen lately; a power of two.
    private const int KnownValues = 256;
    private const int LongestKnown = 256;

    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\r\n"u8);

    private readonly KnownNames<FieldTreatment> _treatments = new(FieldTreatments.OfField);
    private readonly byte[]?[] _harmless = new byte[KnownValues][];
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _kept = keptFields.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Finds them.</summary>
    /// <param name="head">The head, read.</param>
    /// <param name="octets">The message.</param>
    /// <param name="found">Gains the secrets, by their places in the message.</param>
    public void Find(MessageHead head, ReadOnlySpan<byte> octets, FoundSecrets found)
    {
        // Empty lines may stand before a status line.
        var first = head.Kind == MessageKind.Request ? head.Target.End : head.Start;
        if (head.Kind == MessageKind.Request && first > 0)
        {
            rule.Pairs.Url(head.Target.Of(octets), head.Target.Start, found);
        }

        var end = octets[first..head.Length].IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var length ? first + length : head.Length;
        if (end - first > LongestVersion)
        {
            LookAt(octets[first..end], first, found);
        }

        for (var at = 0; at < head.FieldCount; at++)
        {
            var (name, value) = head[at];
            FindInStray(octets[end..name.Start], end, found);
            FindInName(name.Of(octets), name.Start, found);
            FindInField(name.Of(octets), value.Of(octets), value.Start, found);
            end = value.End;
        }

        FindInStray(octets[end..head.Length], end, found);
    }

    // Lines that are not fields, and what is left of one where the message was cut off.
    private void FindInStray(ReadOnlySpan<byte> octets, int at, FoundSecrets found)
    {
        if (!octets.ContainsAnyExcept(Blanks))
        {
            return;
        }

        foreach (var range in octets.Split((byte)'\n'))
        {
            var line = octets[range].TrimEnd(" \t\r"u8);
            var start = at + range.Start.Value;
            var colon = line.IndexOf((byte)':');
            if (colon > 0)
            {
                var value = line[(colon + 1)..].TrimStart(" \t"u8);
                FindInField(line[..colon].TrimEnd(" \t"u8), value, start + line.Length - value.Length, found);
            }
            else if (!line.Trim(" \t\r:"u8).IsEmpty)
            {
                Whole(line, start, SecretKind.Header, found);
            }
        }
    }

    // What is not a name is the rest of something else.
    private static void FindInName(ReadOnlySpan<byte> name, int at, FoundSecrets found)
    {
        if (name.ContainsAny((byte)' ', (byte)'\t', (byte)'='))
        {
            Whole(name, at, SecretKind.Header, found);
        }
    }

    private void FindInField(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int at, FoundSecrets found)
    {
        switch (_treatments.MeaningOf(name))
        {
            case FieldTreatment.Scan:
                LookAt(value, at, found);
                break;
            case FieldTreatment.ScanUrl:
                rule.Pairs.Url(value, at, found);
                break;
            case FieldTreatment.ScanAuthority when PathSecrets.LengthOfUser(value) is > 0 and var user:
                Whole(value[..user], at, SecretKind.User, found);
                break;
            case FieldTreatment.ScanAuthority:
                LookAt(value, at, found);
                break;
            case FieldTreatment.ScanLinks:
                Links(value, at, found);
                break;
            case FieldTreatment.Credentials:
                Credentials(value, at, found);
                break;
            case FieldTreatment.Cookies:
                Cookies(value, at, found);
                break;
            case FieldTreatment.SetCookie:
                SetCookie(value, at, found);
                break;
            case FieldTreatment.Replace when IsKept(name):
                rule.Look(value, at, found, MarkStyle.Plain);
                break;
            default:
                Whole(value, at, SecretKind.Header, found);
                break;
        }
    }

    // The same values come with every message.
    private void LookAt(ReadOnlySpan<byte> value, int at, FoundSecrets found)
    {
        if (value.Length > LongestKnown)
        {
            rule.Look(value, at, found, MarkStyle.Plain);
            return;
        }

        var hash = new HashCode();
        hash.AddBytes(value);
        ref var known = ref _harmless[hash.ToHashCode() & (KnownValues - 1)];
        if (known is not null && value.SequenceEqual(known))
        {
            return;
        }

        var before = found.Count;
        rule.Look(value, at, found, MarkStyle.Plain);
        known = found.Count == before ? value.ToArray() : known;
    }

    private bool IsKept(ReadOnlySpan<byte> name)
    {
        Span<char> text = stackalloc char[64];
        return name.Length <= text.Length && _kept.Contains(text[..Encoding.Latin1.GetChars(name, text)]);
    }

    // URLs in angle brackets (RFC 8288), or after "url=".
    private void Links(ReadOnlySpan<byte> value, int at, FoundSecrets found)
    {
        rule.Text.Find(value, at, found, MarkStyle.Url, TextKind.Prose);
        for (var from = 0; value[from..].IndexOf((byte)'<') is >= 0 and var open;)
        {
            var start = from + open + 1;
            var length = value[start..].IndexOf((byte)'>') is >= 0 and var close ? close : value.Length - start;
            rule.Pairs.Url(value.Slice(start, length), at + start, found);
            from = start + length;
        }
    }

    // The scheme stays where it is one.
    private static void Credentials(ReadOnlySpan<byte> value, int at, FoundSecrets found)
    {
        var space = value.IndexOf((byte)' ');
        var scheme = space > 0 && FieldTreatments.IsScheme(value[..space]) ? space + 1 : 0;
        Whole(value[scheme..], at + scheme, SecretKind.Authorization, found);
    }

    private static void Cookies(ReadOnlySpan<byte> cookies, int at, FoundSecrets found)
    {
        foreach (var range in cookies.Split((byte)';'))
        {
            Cookie(cookies[range], at + range.Start.Value, found);
        }
    }

    // Name and attributes stay.
    private void SetCookie(ReadOnlySpan<byte> cookie, int at, FoundSecrets found)
    {
        var end = cookie.IndexOf((byte)';') is >= 0 and var length ? length : cookie.Length;
        Cookie(cookie[..end], at, found);
        rule.Look(cookie[end..], at + end, found, MarkStyle.Plain);
    }

    private static void Cookie(ReadOnlySpan<byte> pair, int at, FoundSecrets found)
    {
        var equals = pair.IndexOf((byte)'=');
        var value = pair[(equals + 1)..];
        var start = value.Length - value.TrimStart(" \t"u8).Length;
        Whole(value.Trim(" \t"u8), at + equals + 1 + start, SecretKind.Cookie, found);
    }

    /// <summary>All of it, whatever it is; nothing stays nothing, and a mark stays the mark it is.</summary>
    private static void Whole(ReadOnlySpan<byte> value, int at, SecretKind kind, FoundSecrets found)
    {
        if (!SecretMarks.IsMark(value))
        {
            found.Add(at, value.Length, kind, MarkStyle.Plain);
        }
    }
}
