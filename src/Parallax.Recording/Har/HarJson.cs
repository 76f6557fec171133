using System.Text;
using System.Text.Json;

namespace Parallax.Recording.Har;

/// <summary>Reads values of a HAR file, whatever type they have: programs write numbers as text and leave out what they do not know.
/// </summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class HarJson
{
    /// <summary>The property of that kind.</summary>
    /// <returns>False when there is none, or it is of another kind.</returns>
    public static bool TryGet(JsonElement element, string name, JsonValueKind kind, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value) && value.ValueKind == kind;
    }

    /// <summary>A property as text; empty when there is none.</summary>
    public static string Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? Text(value) : "";

    /// <summary>A value as text; empty when it is neither text nor a number.</summary>
    /// <exception cref="InvalidOperationException">It holds half a character.</exception>
    public static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetRawText(),
        _ => "",
    };

    /// <summary>A whole number that is a number or looks like one; <paramref name="otherwise"/> when there is none.</summary>
    public static long Number(JsonElement element, string name, long otherwise) =>
        double.TryParse(Text(element, name), System.Globalization.CultureInfo.InvariantCulture, out var number)
        && number is > -1e15 and < 1e15
            ? (long)number
            : otherwise;

    /// <summary>The members of an array; none when it is missing.</summary>
    public static IEnumerable<JsonElement> Members(JsonElement element, string name) =>
        TryGet(element, name, JsonValueKind.Array, out var array) ? array.EnumerateArray() : [];

    /// <summary>Text as octets. Python writes an octet that is not UTF-8 as half a character, U+DC80 to U+DCFF; such a one is made an octet
    /// again.</summary>
    /// <returns>Null when it holds another half of a character.</returns>
    public static byte[]? EscapedOctets(JsonElement text)
    {
        var raw = text.GetRawText();
        var octets = new MemoryStream(raw.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (var at = 1; at < raw.Length - 1; at++)
        {
            var character = raw[at] == '\\' ? Unescape(raw, ref at) : raw[at];
            if (character is >= '\uDC80' and <= '\uDCFF')
            {
                octets.WriteByte((byte)(character - '\uDC00'));
                continue;
            }

            var rune = Rune.ReplacementChar;
            if (char.IsHighSurrogate(character))
            {
                at++;
                var low = at < raw.Length - 1 && raw[at] == '\\' ? Unescape(raw, ref at) : raw[Math.Min(at, raw.Length - 1)];
                if (!Rune.TryCreate(character, low, out rune))
                {
                    return null;
                }
            }
            else if (!Rune.TryCreate(character, out rune))
            {
                return null;
            }

            octets.Write(utf8[..rune.EncodeToUtf8(utf8)]);
        }

        return octets.ToArray();
    }

    // The parser has seen it: an escape is whole.
    private static char Unescape(string raw, ref int at)
    {
        var kind = raw[++at];
        if (kind == 'u')
        {
            var code = Convert.ToInt32(raw.Substring(at + 1, 4), 16);
            at += 4;
            return (char)code;
        }

        return kind switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'f' => '\f', _ => kind };
    }
}
