using System.Buffers;
using System.Text;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds the secrets in the attributes of a tag.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class TagSecrets(IValueRule rule)
{
    private static readonly SearchValues<byte> NameEnds = SearchValues.Create(" \t\r\n/>"u8);
    private static readonly SearchValues<byte> NameStarts = SearchValues.Create(" \t\r\n\"'/<"u8);

    /// <summary>The name of a tag's element, without its prefix.</summary>
    public static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> tag)
    {
        var name = tag.TrimStart("</"u8);
        name = name[..(name.IndexOfAny(NameEnds) is >= 0 and var length ? length : name.Length)];
        return name[(name.IndexOf((byte)':') + 1)..];
    }

    /// <summary>Finds them.</summary>
    /// <param name="tag">From <c>&lt;</c> to <c>&gt;</c>.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets.</param>
    /// <param name="style">How marks are written there.</param>
    /// <returns>True when the tag names a secret whose value it does not hold: <c>&lt;entry key="password"&gt;</c>.</returns>
    public bool Find(ReadOnlySpan<byte> tag, int at, FoundSecrets found, MarkStyle style)
    {
        var (named, isNamed) = (KeyMeaning.Plain, false);
        var value = default(Range);
        for (var from = 1; tag[from..].IndexOf((byte)'=') is >= 0 and var next;)
        {
            var equals = from + next;
            var name = tag[from..equals].TrimEnd(" \t\r\n"u8);
            name = name[(name.LastIndexOfAny(NameStarts) + 1)..];
            var place = ValueAfter(tag, equals, out from);
            if (IsAny(name, "name"u8, "key"u8, "id"u8, "property"u8) || (IsAny(name, "type"u8) && tag[place].SequenceEqual("password"u8)))
            {
                named = SecretKeys.MeaningOf(tag[place]) is var meaning and not KeyMeaning.Plain ? meaning : named;
                isNamed |= named == KeyMeaning.Secret && IsAny(name, "name"u8, "key"u8);
            }

            value = IsAny(name, "value"u8, "content"u8) ? place : value;
            Attribute(name, tag[place], at + place.Start.Value, found, style);
        }

        if (SecretKeys.IsSecret(named, tag[value]) && !SecretMarks.IsMark(tag[value]))
        {
            found.Add(at + value.Start.Value, tag[value].Length, SecretKind.Secret, style);
        }

        return isNamed && tag[value].IsEmpty;
    }

    private void Attribute(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int at, FoundSecrets found, MarkStyle style)
    {
        if (value.IsEmpty || SecretMarks.IsMark(value))
        {
            return;
        }

        if (SecretKeys.IsSecret(SecretKeys.MeaningOf(name), value) && !IsAny(name, "key"u8))
        {
            found.Add(at, value.Length, SecretKind.Secret, style);
        }
        else if (value.Contains((byte)'&'))
        {
            ReferencedSecrets.Look(value, at, found, style, rule);
        }
        else
        {
            rule.Look(value, at, found, style);
        }
    }

    private static Range ValueAfter(ReadOnlySpan<byte> tag, int equals, out int end)
    {
        var rest = tag[(equals + 1)..];
        var start = tag.Length - rest.TrimStart(" \t\r\n"u8).Length;
        if (start == tag.Length)
        {
            end = start;
            return start..start;
        }

        var quote = tag[start];
        var isQuoted = quote is (byte)'"' or (byte)'\'';
        start += isQuoted ? 1 : 0;
        var length = isQuoted ? tag[start..].IndexOf(quote) : tag[start..].IndexOfAny(" \t\r\n>"u8);
        length = length < 0 ? tag.Length - start : length;
        end = start + length;
        return start..end;
    }

    private static bool IsAny(ReadOnlySpan<byte> name, ReadOnlySpan<byte> one, ReadOnlySpan<byte> second = default,
        ReadOnlySpan<byte> third = default, ReadOnlySpan<byte> fourth = default) =>
        Ascii.EqualsIgnoreCase(name, one) || (!second.IsEmpty && (Ascii.EqualsIgnoreCase(name, second)
            || Ascii.EqualsIgnoreCase(name, third) || Ascii.EqualsIgnoreCase(name, fourth)));
}
