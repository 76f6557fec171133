using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Parallax.Traffic.Rewriting;

/// <summary>A change to a request's path; the query is kept.</summary>
/// <remarks>Thread safety: immutable. With a regular expression it allocates for a request whose path it changes; otherwise
/// never.</remarks>
public sealed class PathRewrite
{
    private readonly Form _form;
    private readonly Regex? _expression;
    private readonly string _replacement;
    private readonly byte[] _octets;

    private PathRewrite(Form form, string replacement, Regex? expression = null)
    {
        _form = form;
        _replacement = replacement;
        _octets = Encoding.UTF8.GetBytes(replacement);
        _expression = expression;
    }

    private enum Form : byte
    {
        Expression,
        Prefix,
        SegmentPrefix,
        WholePath,
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

        rewrite = new PathRewrite(Form.Expression, replacement, expression);
        return true;
    }

    /// <summary>Replaces every occurrence of an RE2 expression, as Envoy does.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="replacement">What takes its place; <c>\1</c> stands for the first group, <c>\0</c> for the whole, <c>\\</c> for a
    /// backslash.</param>
    /// <param name="rewrite">The change; null when false is returned.</param>
    /// <param name="error">What is wrong; null when true is returned.</param>
    public static bool TryRegex(
        string expression, string replacement, [NotNullWhen(true)] out PathRewrite? rewrite, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(replacement);
        var compiled = Re2Expression.TryCompile(expression, Re2Expression.Whole.No, out var regex, out error);
        rewrite = compiled ? new PathRewrite(Form.Expression, Re2Expression.ReplacementOf(replacement), regex) : null;
        return compiled;
    }

    /// <summary>Replaces the octets that the route's match covers, as they stand.</summary>
    public static PathRewrite ToPrefix(string prefix) => new(Form.Prefix, prefix);

    /// <summary>Replaces the path segments that the route's match covers; what follows begins with one slash.</summary>
    public static PathRewrite ToSegmentPrefix(string prefix) => new(Form.SegmentPrefix, prefix);

    /// <summary>Replaces the whole path.</summary>
    public static PathRewrite ToPath(string path) => new(Form.WholePath, path);

    /// <summary>Writes the changed path. It begins with a slash whatever was left out before it: no client can make an absolute-form target
    /// (<c>http://…</c>) of a rewrite.</summary>
    /// <returns>False when the path does not change; nothing is written then.</returns>
    internal bool TryWrite(ReadOnlySpan<byte> path, int matchedPrefix, Latin1Scratch scratch, ref HeadCopy copy)
    {
        if (_form == Form.Expression)
        {
            return TryReplace(path, scratch, ref copy);
        }

        ReadOnlySpan<byte> begin = _octets;
        var rest = _form == Form.WholePath ? default : path[Math.Min(matchedPrefix, path.Length)..];
        if (_form == Form.SegmentPrefix)
        {
            begin = begin.TrimEnd((byte)'/');
            rest = rest.IsEmpty && begin.Length < _octets.Length ? "/"u8 : rest;
        }

        var joint = _form == Form.SegmentPrefix && !rest.IsEmpty && rest[0] != (byte)'/' ? "/"u8 : default;
        var first = !begin.IsEmpty ? begin : !joint.IsEmpty ? joint : rest;
        copy.Write(first.StartsWith("/"u8) ? default : "/"u8);
        copy.Write(begin);
        copy.Write(joint);
        copy.Write(rest);
        return true;
    }

    private bool TryReplace(ReadOnlySpan<byte> path, Latin1Scratch scratch, ref HeadCopy copy)
    {
        if (!_expression!.IsMatch(scratch.Widen(path)))
        {
            return false;
        }

        var changed = _expression.Replace(Encoding.Latin1.GetString(path), _replacement);
        copy.Write(changed.StartsWith('/') ? "" : "/");
        copy.Write(changed);
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
