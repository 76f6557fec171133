using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Parallax.Recording.JsonLines;

/// <summary>Reads the values of a line; one that is not what it must be is a <see cref="JsonException"/> that says what would be right.
/// </summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class LineValues
{
    private byte[] _scratch = new byte[1024];

    /// <summary>A whole number of that range.</summary>
    public static long Number(ref Utf8JsonReader reader, string name, long least = long.MinValue, long most = long.MaxValue) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= least && number <= most ? number
            : throw Wrong(name, least == long.MinValue ? "a whole number of 64 bits" : $"a whole number, {least} to {most}");

    /// <summary>The same, or null.</summary>
    public static int? NumberOrNull(ref Utf8JsonReader reader, string name, int least, int most) =>
        reader.TokenType == JsonTokenType.Null ? null
            : reader.TokenType == JsonTokenType.Number ? (int)Number(ref reader, name, least, most)
            : throw Wrong(name, $"a whole number, {least} to {most}, or null");

    /// <summary>The names of flags.</summary>
    public static TFlags Flags<TFlags>(ref Utf8JsonReader reader, string name)
        where TFlags : struct, Enum
    {
        long flags = 0;
        foreach (var text in Texts(ref reader, name))
        {
            flags |= !char.IsAsciiDigit(text.FirstOrDefault('0')) && Enum.TryParse<TFlags>(text, out var flag)
                ? Convert.ToInt64(flag, System.Globalization.CultureInfo.InvariantCulture)
                : throw Wrong(name, $"an array of {string.Join(", ", Enum.GetNames<TFlags>().Skip(1))}");
        }

        return (TFlags)Enum.ToObject(typeof(TFlags), flags);
    }

    /// <summary>What is wrong with a property.</summary>
    public static JsonException Wrong(string name, string right) => new($"{name} must be {right}");

    /// <summary>Text or null.</summary>
    public static string? TextOrNull(ref Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => reader.GetString(),
        _ => throw Wrong(name, "a string or null"),
    };

    /// <summary>The octets that text of one character an octet stands for; those of UTF-8 where a character is no octet.</summary>
    /// <returns>False when it is null; otherwise valid until the next call.</returns>
    public bool TryLatin1(ref Utf8JsonReader reader, string name, out ReadOnlySpan<byte> octets)
    {
        octets = default;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw Wrong(name, "a string or null");
        }

        var length = reader.ValueSpan.Length;
        if (_scratch.Length < length)
        {
            _scratch = new byte[length * 2L > Array.MaxLength ? length : length * 2];
        }

        var text = _scratch.AsSpan(0, reader.CopyString(_scratch));
        if (!Ascii.IsValid(text))
        {
            var characters = Encoding.UTF8.GetString(text);
            if (characters.AsSpan().IndexOfAnyExceptInRange('\0', '\u00FF') < 0)
            {
                text = text[..Encoding.Latin1.GetBytes(characters, text)];
            }
        }

        octets = text;
        return true;
    }

    /// <summary>Appends the octets of text, UTF-8.</summary>
    /// <returns>False when it is null.</returns>
    public static bool TryAppendText(ref Utf8JsonReader reader, string name, ArrayBufferWriter<byte> to)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            throw Wrong(name, "a string or null");
        }

        if (!reader.ValueIsEscaped && !System.Text.Unicode.Utf8.IsValid(reader.ValueSpan))
        {
            throw Wrong(name, "UTF-8");
        }

        to.Advance(reader.CopyString(to.GetSpan(Math.Max(1, reader.ValueSpan.Length))));
        return true;
    }

    /// <summary>Appends the octets that Base64 stands for.</summary>
    /// <returns>False when it is null.</returns>
    public static bool TryAppendBase64(ref Utf8JsonReader reader, string name, ArrayBufferWriter<byte> to)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        if (reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped)
        {
            var room = to.GetSpan(Base64.GetMaxDecodedFromUtf8Length(reader.ValueSpan.Length) + 1);
            if (Base64.DecodeFromUtf8(reader.ValueSpan, room, out _, out var written) == OperationStatus.Done)
            {
                to.Advance(written);
                return true;
            }
        }

        if (reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out var octets))
        {
            to.Write(octets);
            return true;
        }

        throw Wrong(name, "Base64 or null");
    }

    private static List<string> Texts(ref Utf8JsonReader reader, string name)
    {
        var texts = new List<string>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Wrong(name, "an array of names");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            texts.Add(reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw Wrong(name, "an array of names"));
        }

        return texts;
    }
}
