using System.Globalization;
using System.Text;

namespace Parallax.Cli.Output;

/// <summary>Makes one line of text that a stranger may have written: a line break in it would forge another line, and an escape sequence
/// would be obeyed by the terminal.</summary>
/// <remarks>Thread safety: static and stateless.</remarks>
internal static class OneLine
{
    /// <summary>The text with control characters, line and paragraph separators, characters that turn the direction of writing, and halves
    /// of surrogate pairs written as \xHH or \uHHHH.</summary>
    public static string Of(string text)
    {
        StringBuilder? line = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))
            {
                line?.Append(text, i, 2);
                i++;
            }
            else if (!IsPlain(text[i]))
            {
                line ??= new(text, 0, i, text.Length + 16);
                line.Append(text[i] < 0x100 ? "\\x" : "\\u")
                    .Append(((int)text[i]).ToString(text[i] < 0x100 ? "X2" : "X4", CultureInfo.InvariantCulture));
            }
            else
            {
                line?.Append(text[i]);
            }
        }

        return line?.ToString() ?? text;
    }

    /// <summary>True for a character that is no half of a pair, and that a terminal only shows.</summary>
    public static bool IsPlain(char character) =>
        !char.IsControl(character) && !char.IsSurrogate(character)
        && character is not ('\u2028' or '\u2029' or '\u061C' or '\u200E' or '\u200F' or (>= '\u202A' and <= '\u202E')
            or (>= '\u2066' and <= '\u2069'));
}
