using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Parallax.Traffic.Matching;

/// <summary>A change to the path of the shadow request; the query is kept.</summary>
/// <remarks>Thread safety: immutable. Allocates only for a request whose path it changes.</remarks>
public sealed class PathRewrite
{
    private readonly Regex _expression;
    private readonly string _replacement;

    private PathRewrite(Regex expression, string replacement)
    {
        _expression = expression;
        _replacement = replacement;
    }

    /// <summary>Reads <c>RE=REPLACEMENT</c>. The expression ends at the first <c>=</c>; write <c>\=</c> for one that belongs to it.
    /// <c>$1</c> in the replacement stands for the first group.</summary>
    /// <param name="text">The flag's value.</param>
    /// <param name="rewrite">The change; null when false is returned.</param>
    /// <param name="error">What is wrong, where, and what would be right; null when true is returned.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out PathRewrite? rewrite, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        rewrite = null;
        var equals = IndexOfBareEquals(text);
        if (equals < 0)
        {
            error = $"\"{text}\" lacks the \"=\" between expression and replacement; write RE=REPLACEMENT, such as ^/v1/=/v2/";
            return false;
        }

        var replacement = text[(equals + 1)..];
        if (replacement.AsSpan().ContainsAnyExceptInRange('!', '~') || replacement.AsSpan().ContainsAny('?', '#'))
        {
            error = $"the replacement \"{replacement}\" holds a character a path cannot hold; percent-encode it (%20 for a blank)";
            return false;
        }

        if (!Expressions.TryCompile(text, 0, equals, out var expression, out error))
        {
            return false;
        }

        rewrite = new PathRewrite(expression, replacement);
        return true;
    }

    /// <summary>Writes the changed path; a path that became empty is written as <c>/</c>.</summary>
    /// <returns>False when the expression occurs nowhere in the path; nothing is written then.</returns>
    internal bool TryWrite(ReadOnlySpan<byte> path, Latin1Scratch scratch, IBufferWriter<byte> output)
    {
        if (!_expression.IsMatch(scratch.Widen(path)))
        {
            return false;
        }

        var changed = _expression.Replace(Encoding.Latin1.GetString(path), _replacement);
        Encoding.Latin1.GetBytes(changed.Length == 0 ? "/" : changed, output);
        return true;
    }

    // "\=" is a regular expression's way to write "=", too, so the escape needs no undoing.
    private static int IndexOfBareEquals(string text)
    {
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == '=')
            {
                return at;
            }
        }

        return -1;
    }
}
