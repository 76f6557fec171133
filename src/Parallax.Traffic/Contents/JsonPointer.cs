using System.Text.Json;

namespace Parallax.Traffic.Contents;

/// <summary>Finds one value in a JSON text (RFC 6901).</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class JsonPointer
{
    private readonly string[] _names;

    private JsonPointer(string[] names) => _names = names;

    /// <summary>Reads a pointer: empty for the whole text, or names and indexes, each after a <c>/</c>; <c>~1</c> stands for <c>/</c> and
    /// <c>~0</c> for <c>~</c>.</summary>
    /// <param name="text">The pointer.</param>
    /// <param name="pointer">The pointer; null when false is returned.</param>
    public static bool TryParse(string text, out JsonPointer? pointer)
    {
        ArgumentNullException.ThrowIfNull(text);
        pointer = text.Length == 0 ? new([])
            : text[0] == '/' && AreEscapesRight(text) ? new([.. text[1..].Split('/').Select(Unescaped)])
            : null;
        return pointer is not null;
    }

    /// <summary>The value as text: a string without quotes and escapes, anything else as it is written.</summary>
    /// <param name="json">UTF-8; comments and trailing commas are put up with.</param>
    /// <returns>Null when there is no such value, or the text before its end is not JSON.</returns>
    public string? Find(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            if (!reader.Read())
            {
                return null;
            }

            foreach (var name in _names)
            {
                if (!Enter(ref reader, name))
                {
                    return null;
                }
            }

            return TextOf(ref reader, json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool AreEscapesRight(string text)
    {
        for (var at = text.IndexOf('~', StringComparison.Ordinal); at >= 0; at = text.IndexOf('~', at + 1))
        {
            if (at + 1 == text.Length || text[at + 1] is not ('0' or '1'))
            {
                return false;
            }
        }

        return true;
    }

    private static string Unescaped(string name) =>
        name.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);

    // Goes from the beginning of an object or array to the value under a name or index in it; of a name that is there twice to the first.
    private static bool Enter(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isThis = reader.ValueTextEquals(name);
                reader.Read();
                if (isThis)
                {
                    return true;
                }

                reader.Skip();
            }
        }
        else if (reader.TokenType == JsonTokenType.StartArray && IsIndex(name, out var index))
        {
            for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index--)
            {
                if (index == 0)
                {
                    return true;
                }

                reader.Skip();
            }
        }

        return false;
    }

    private static bool IsIndex(string name, out int index) =>
        int.TryParse(name, System.Globalization.NumberStyles.None, null, out index) && (name.Length == 1 || name[0] != '0');

    private static string? TextOf(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.GetString();
        }

        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return System.Text.Encoding.UTF8.GetString(json[start..(int)reader.BytesConsumed]);
    }
}
