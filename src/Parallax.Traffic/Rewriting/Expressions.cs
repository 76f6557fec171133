using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Parallax.Traffic.Rewriting;

/// <summary>Compiles the regular expressions of flags.</summary>
/// <remarks>Thread safety: pure.</remarks>
internal static class Expressions
{
    // NonBacktracking: time in proportion to the input, so no request can hold a thread up (as RE2, which Envoy and Istio use).
    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    /// <summary>Compiles the expression that begins at <paramref name="start"/> of a flag's text.</summary>
    public static bool TryCompile(
        string text, int start, [NotNullWhen(true)] out Regex? expression, [NotNullWhen(false)] out string? error) =>
        TryCompile(text, start, text.Length, out expression, out error);

    /// <summary>Compiles the expression between <paramref name="start"/> and <paramref name="end"/> of a flag's text.</summary>
    public static bool TryCompile(
        string text, int start, int end, [NotNullWhen(true)] out Regex? expression, [NotNullWhen(false)] out string? error)
    {
        expression = null;
        error = null;
        if (start >= end)
        {
            error = $"\"{text}\" holds no regular expression at column {start + 1}; \".\" would match everything that is not empty";
            return false;
        }

        try
        {
            expression = new Regex(text[start..end], Options);
            return true;
        }
        catch (RegexParseException exception)
        {
            error = $"\"{text}\" is not a regular expression from column {start + exception.Offset + 1}: {exception.Message}";
            return false;
        }
        catch (NotSupportedException)
        {
            error = $"\"{text}\" uses a look-around, a back reference or an atomic group, which take unbounded time; write it without";
            return false;
        }
    }
}
