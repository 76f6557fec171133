using System.Buffers;
using System.Text.Json;

namespace Parallax.Traffic.Redaction;

/// <summary>Finds the secrets in JSON.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class JsonSecrets(IValueRule rule)
{
    private const int MaxDepth = 512;

    // What is no JSON is found out by an exception, which costs as much as thousands of octets.
    private const int FailuresInAll = 64;
    private const int OctetsPerFailure = 256;

    // Pairs of name and value are seen in objects that are not deeper.
    private const int TrackedDepth = 24;

    private const int ShortestTelling = 15;
    private const int LongestName = 64;
    private const int LongestLead = 256;
    private const int ShortestCard = 13;
    private const int CommentStart = 2;

    private static readonly JsonReaderOptions Options = new()
    {
        AllowMultipleValues = true,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Allow,
        MaxDepth = MaxDepth,
    };

    private readonly KnownNames<(KeyMeaning Key, Role Role)> _names = new(name => (SecretKeys.MeaningOf(name), RoleOf(name)));
    private int _failuresLeft;
    private int _read;

    private enum Role : byte
    {
        None,
        Name,

        /// <summary>A pointer to what is changed (RFC 6902).</summary>
        Path,
        Value,
    }

    /// <summary>True when so much began like JSON and was none that no more is looked into.</summary>
    public bool IsExhausted => _failuresLeft == 0;

    /// <summary>Begins with another message, or body.</summary>
    /// <param name="length">How many octets it is.</param>
    public void Begin(int length) => _failuresLeft = FailuresInAll + (length / OctetsPerFailure);

    /// <summary>True when an object or array of JSON with anything to look at may begin with a text.</summary>
    public static bool MayBegin(ReadOnlySpan<byte> text)
    {
        var inner = text[1..Math.Min(text.Length, LongestLead)].TrimStart(" \t\r\n"u8);
        return inner is [(byte)'"', ..] || (text[0] == (byte)'[' && inner is [(byte)'{' or (byte)'[', ..]);
    }

    /// <summary>Finds the secrets in the first object or array of a text, up to its end or the first octet that is no JSON.</summary>
    /// <param name="text">Begins with <c>{</c> or <c>[</c>; whatever may follow.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets.</param>
    /// <param name="style">How marks are written there.</param>
    /// <returns>How many octets were looked at; 1 at least.</returns>
    public int FindFirst(ReadOnlySpan<byte> text, int at, FoundSecrets found, MarkStyle style)
    {
        if (IsExhausted)
        {
            return text.Length;
        }

        _read = 1;
        try
        {
            Find(text, at, found, style, isOne: true);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // What was found before is one.
            _failuresLeft--;
        }

        return _read;
    }

    /// <summary>Finds the secrets in one or more texts of JSON.</summary>
    /// <param name="json">Perhaps JSON.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets.</param>
    /// <param name="style">How marks are written there.</param>
    /// <returns>False when it is no JSON; then nothing was found.</returns>
    public bool TryFind(ReadOnlySpan<byte> json, int at, FoundSecrets found, MarkStyle style)
    {
        if (IsExhausted || json.TrimEnd(" \t\r\n"u8) is [.., (byte)'.' or (byte)',' or (byte)':' or (byte)'{' or (byte)'['])
        {
            return false;
        }

        var before = found.Count;
        try
        {
            Find(json, at, found, style, isOne: false);
            return true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // It is not JSON, or a string holds half a character.
            _failuresLeft--;
            found.ForgetFrom(before);
            return false;
        }
    }

    private void Find(ReadOnlySpan<byte> json, int at, FoundSecrets found, MarkStyle style, bool isOne)
    {
        var reader = new Utf8JsonReader(json, Options);
        Span<Level> levels = stackalloc Level[TrackedDepth];
        var (key, role, secretDepth) = (KeyMeaning.Plain, Role.None, -1);
        var (isElement, isAfterName) = (true, false);
        while (reader.Read())
        {
            _read = (int)reader.BytesConsumed;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    secretDepth = key == KeyMeaning.Secret && secretDepth < 0 ? reader.CurrentDepth : secretDepth;
                    LevelOf(levels, reader.CurrentDepth + 1) = default;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    secretDepth = reader.CurrentDepth == secretDepth ? -1 : secretDepth;
                    if (isOne && reader.CurrentDepth == 0)
                    {
                        return;
                    }

                    break;
                case JsonTokenType.PropertyName:
                    (key, role) = OfName(ref reader, at, found, style);
                    (isElement, isAfterName) = (false, false);
                    continue;
                case JsonTokenType.String or JsonTokenType.Number:
                    ref var level = ref LevelOf(levels, reader.CurrentDepth);
                    var place = PlaceOf(ref reader, at, style);
                    var isSecret = secretDepth >= 0 || SecretKeys.IsSecret(key, reader.ValueSpan)
                        || IsNamed(ref level, role, ref reader, place, found)
                        || (isAfterName && SecretTokens.IsLikely(reader.ValueSpan));
                    FindInValue(ref reader, isSecret, place, found);

                    // ["Authorization", "…"], ["--password", "…"]
                    isAfterName = isElement && reader.ValueSpan.Length <= LongestName
                        && SecretKeys.MeaningOf(reader.ValueSpan) == KeyMeaning.Secret;
                    (key, role, isElement) = (KeyMeaning.Plain, Role.None, true);
                    continue;
                case JsonTokenType.Comment:
                    rule.Look(reader.ValueSpan, at + (int)reader.TokenStartIndex + CommentStart, found, style);
                    break;
            }

            (key, role, isElement, isAfterName) = (KeyMeaning.Plain, Role.None, true, false);
        }
    }

    private (KeyMeaning Key, Role Role) OfName(ref Utf8JsonReader reader, int at, FoundSecrets found, MarkStyle style)
    {
        var name = reader.ValueSpan;
        if (reader.ValueIsEscaped)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(name.Length);
            var unescaped = buffer.AsSpan(0, reader.CopyString(buffer));
            var result = (SecretKeys.MeaningOf(unescaped), RoleOf(unescaped));
            if (rule.Holds(unescaped, out var kind))
            {
                found.Add(at + (int)reader.TokenStartIndex + 1, name.Length, kind, style);
            }

            ArrayPool<byte>.Shared.Return(buffer);
            return result;
        }

        if (name.Length >= ShortestTelling || name.Contains((byte)'@'))
        {
            rule.Look(name, at + (int)reader.TokenStartIndex + 1, found, style);
        }

        return _names.MeaningOf(name);
    }

    private void FindInValue(ref Utf8JsonReader reader, bool isSecret, in Place place, FoundSecrets found)
    {
        var value = reader.ValueSpan;
        if (isSecret)
        {
            if (!SecretMarks.IsMark(value))
            {
                found.Add(place.Start, place.Length, SecretKind.Secret, place.Style);
            }
        }
        else if (reader.TokenType == JsonTokenType.Number)
        {
            if (value.Length >= ShortestCard && SecretNumbers.CardLength(value) == value.Length)
            {
                found.Add(place.Start, place.Length, SecretKind.Card, place.Style);
            }
        }
        else if (!reader.ValueIsEscaped)
        {
            rule.Look(value, place.Start, found, place.Style);
        }
        else
        {
            var buffer = ArrayPool<byte>.Shared.Rent(value.Length);
            if (rule.Holds(buffer.AsSpan(0, reader.CopyString(buffer)), out var kind))
            {
                found.Add(place.Start, place.Length, kind, place.Style);
            }

            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // {"name": "password", "value": "…"}, in either order; {"path": "/password", "value": "…"}.
    private static bool IsNamed(ref Level level, Role role, ref Utf8JsonReader reader, in Place place, FoundSecrets found)
    {
        switch (role)
        {
            case Role.Path when !reader.ValueSpan.StartsWith("/"u8):
                return false;
            case Role.Name or Role.Path
                when reader.TokenType == JsonTokenType.String && SecretKeys.MeaningOf(reader.ValueSpan) == KeyMeaning.Secret:
                level.IsSecret = true;
                found.Add(level.Value.Start, level.Value.Length, SecretKind.Secret, level.Value.Style);
                return false;
            case Role.Value:
                level.Value = SecretMarks.IsMark(reader.ValueSpan) ? default : place;
                return level.IsSecret;
            default:
                return false;
        }
    }

    private static Role RoleOf(ReadOnlySpan<byte> name) => name switch
    {
        [(byte)'n', (byte)'a', (byte)'m', (byte)'e'] or [(byte)'N', (byte)'a', (byte)'m', (byte)'e'] => Role.Name,
        [(byte)'k', (byte)'e', (byte)'y'] or [(byte)'K', (byte)'e', (byte)'y'] => Role.Name,
        [(byte)'p', (byte)'a', (byte)'t', (byte)'h'] => Role.Path,
        _ when name.SequenceEqual("field"u8) || name.SequenceEqual("param"u8) || name.SequenceEqual("header"u8) => Role.Name,
        [(byte)'v', (byte)'a', (byte)'l', (byte)'u', (byte)'e'] or [(byte)'V', (byte)'a', (byte)'l', (byte)'u', (byte)'e'] => Role.Value,
        _ when name.SequenceEqual("val"u8) || name.SequenceEqual("content"u8) => Role.Value,
        _ => Role.None,
    };

    private static ref Level LevelOf(Span<Level> levels, int depth) => ref levels[depth < TrackedDepth ? depth : 0];

    // Without the quotes of a string; a number gets quotes around its mark.
    private static Place PlaceOf(ref Utf8JsonReader reader, int at, MarkStyle style)
    {
        var isNumber = reader.TokenType == JsonTokenType.Number;
        return new(
            at + (int)reader.TokenStartIndex + (isNumber ? 0 : 1), reader.ValueSpan.Length, isNumber ? style | MarkStyle.Quoted : style);
    }

    private readonly record struct Place(int Start, int Length, MarkStyle Style);

    private record struct Level(bool IsSecret, Place Value);
}
