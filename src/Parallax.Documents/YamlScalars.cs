using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Parallax.Documents;

/// <summary>What scalars of YAML stand for: by their tag, or, where they have none and no quotes, by their form. Forms are those of YAML
/// 1.1, by which Kubernetes reads documents.</summary>
internal static partial class YamlScalars
{
    private const string Core = "tag:yaml.org,2002:";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What a scalar stands for.</summary>
    /// <param name="text">Its text; a binary one becomes the text it encodes.</param>
    /// <param name="isPlain">True without quotes, and not in a block.</param>
    /// <param name="tag">Its full tag; null or empty for none.</param>
    public static TextKind KindOf(ref string text, bool isPlain, string? tag)
    {
        if (string.IsNullOrEmpty(tag))
        {
            return isPlain ? KindOf(text) : TextKind.Text;
        }

        switch (tag.StartsWith(Core, StringComparison.Ordinal) ? tag[Core.Length..] : "")
        {
            case "int" or "float" when TryNumber(text, out _):
                return TextKind.Number;
            case "bool" when KindOf(text) == TextKind.Flag:
                return TextKind.Flag;
            case "null":
                return TextKind.Null;
            case "binary":
                text = Decoded(text);
                return TextKind.Text;
            default:
                return TextKind.Text;
        }
    }

    /// <summary>Reads a number: decimal, <c>0x1f</c>, <c>0o17</c>, <c>017</c> or <c>0b101</c>, with underscores between digits or
    /// without.</summary>
    public static bool TryNumber(string text, out double number)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        var sign = digits.StartsWith('-') ? -1 : 1;
        var bare = digits.StartsWith('-') || digits.StartsWith('+') ? digits[1..] : digits;
        number = 0;
        if (bare.Length == 0 || !(char.IsAsciiDigit(bare[0]) || bare[0] == '.'))
        {
            return false;
        }

        var radix = bare.Length < 2 || bare[0] != '0' ? 10
            : char.ToLowerInvariant(bare[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 };
        if (radix is 16 or 8 or 2)
        {
            return TryRadix(bare.AsSpan(2), radix, sign, out number);
        }

        // A zero before other digits makes it octal, unless it cannot be: 010 is eight, 080 is eighty.
        return (radix == 0 && TryRadix(bare.AsSpan(1), 8, sign, out number)) || (Decimal().IsMatch(bare)
            && double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out number));
    }

    /// <summary>True for the spellings of yes.</summary>
    public static bool IsTrue(string flag) => flag[0] is 't' or 'T' or 'y' or 'Y' || flag is "on" or "On" or "ON";

    private static TextKind KindOf(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => TextKind.Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => TextKind.Flag,
        "yes" or "Yes" or "YES" or "no" or "No" or "NO" or "on" or "On" or "ON" or "off" or "Off" or "OFF" => TextKind.Flag,
        ".inf" or "-.inf" or "+.inf" or ".Inf" or "-.Inf" or ".INF" or "-.INF" or ".nan" or ".NaN" or ".NAN" => TextKind.Number,
        _ => TryNumber(text, out _) ? TextKind.Number : TextKind.Text,
    };

    private static bool TryRadix(ReadOnlySpan<char> digits, int radix, int sign, out double number)
    {
        number = 0;
        foreach (var each in digits)
        {
            var value = char.IsAsciiHexDigit(each) ? Convert.ToInt32(each.ToString(), 16) : radix;
            if (value >= radix)
            {
                return false;
            }

            number = (number * radix) + value;
        }

        number *= sign;
        return !digits.IsEmpty;
    }

    // What is not text stays as it is written.
    private static string Decoded(string text)
    {
        try
        {
            return Strict.GetString(Convert.FromBase64String(text));
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            return text;
        }
    }

    [GeneratedRegex(@"^(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Decimal();
}
