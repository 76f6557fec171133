using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using Parallax.Traffic.Rewriting;

namespace Parallax.Traffic.Policy;

/// <summary>A condition on a text of a request, compiled: it is a given one, begins with it, or matches an expression as a whole.</summary>
/// <remarks>Given texts are compared as UTF-8, octet for octet. Thread safety: immutable; the scratch room belongs to the calling thread.
/// No allocation.</remarks>
public sealed class TextMatch
{
    private readonly Form _form;
    private readonly byte[] _text;
    private readonly bool _ignoresCase;
    private readonly Regex? _expression;

    private TextMatch(Form form, string text, bool ignoresCase, Regex? expression = null)
    {
        _form = form;
        _text = Encoding.UTF8.GetBytes(text);
        _ignoresCase = ignoresCase;
        _expression = expression;
    }

    private enum Form : byte
    {
        Present,
        Exact,
        Prefix,
        SegmentPrefix,
        Expression,
    }

    /// <summary>Fulfilled by every text that is there.</summary>
    public static TextMatch Present { get; } = new(Form.Present, "", ignoresCase: false);

    /// <summary>True for <see cref="Present"/>.</summary>
    public bool IsPresence => _form == Form.Present;

    /// <summary>It is <paramref name="text"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ignoresCase">Whether ASCII letters of either case are the same.</param>
    public static TextMatch Exact(string text, bool ignoresCase = false) => new(Form.Exact, text, ignoresCase);

    /// <summary>It begins with <paramref name="text"/>.</summary>
    /// <param name="text">The text; every text begins with an empty one.</param>
    /// <param name="ignoresCase">Whether ASCII letters of either case are the same.</param>
    public static TextMatch Prefix(string text, bool ignoresCase = false) => new(Form.Prefix, text, ignoresCase);

    /// <summary>It begins with the path segments of <paramref name="text"/>: <c>/a</c> and <c>/a/</c> fit <c>/a</c> and <c>/a/b</c>, not
    /// <c>/ab</c>.</summary>
    /// <param name="text">The path.</param>
    /// <param name="ignoresCase">Whether ASCII letters of either case are the same.</param>
    public static TextMatch SegmentPrefix(string text, bool ignoresCase = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new TextMatch(Form.SegmentPrefix, text.TrimEnd('/'), ignoresCase);
    }

    /// <summary>The whole of it matches an RE2 expression.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="match">The condition; null when false is returned.</param>
    /// <param name="error">What is wrong; null when true is returned.</param>
    public static bool TryRegex(string expression, [NotNullWhen(true)] out TextMatch? match, [NotNullWhen(false)] out string? error)
    {
        var compiled = Re2Expression.TryCompile(expression, Re2Expression.Whole.Yes, out var regex, out error);
        match = compiled ? new TextMatch(Form.Expression, "", ignoresCase: false, regex) : null;
        return compiled;
    }

    /// <summary>True when the text fulfils the condition.</summary>
    /// <param name="text">The text; one that is there.</param>
    /// <param name="scratch">The calling thread's.</param>
    public bool Matches(ReadOnlySpan<byte> text, Latin1Scratch scratch)
    {
        ArgumentNullException.ThrowIfNull(scratch);
        return _form switch
        {
            Form.Present => true,
            Form.Exact => text.Length == _text.Length && BeginsWithText(text),
            Form.Prefix => BeginsWithText(text),
            Form.SegmentPrefix => BeginsWithText(text) && (text.Length == _text.Length || text[_text.Length] == (byte)'/'),
            Form.Expression => _expression!.IsMatch(scratch.Widen(text)),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>How much of a text that matches the condition names: the prefix, or all of it.</summary>
    /// <param name="length">The text's length in octets.</param>
    public int CoveredOf(int length) => _form is Form.Prefix or Form.SegmentPrefix ? _text.Length : length;

    private bool BeginsWithText(ReadOnlySpan<byte> text) =>
        text.Length >= _text.Length
        && (_ignoresCase ? EqualsIgnoreCase(text[.._text.Length], _text) : text.StartsWith(_text));

    // Ascii.EqualsIgnoreCase takes octets beyond US-ASCII for different from themselves.
    private static bool EqualsIgnoreCase(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (var at = 0; at < left.Length; at++)
        {
            if (Lower(left[at]) != Lower(right[at]))
            {
                return false;
            }
        }

        return true;
    }

    private static int Lower(byte octet) => octet is >= (byte)'A' and <= (byte)'Z' ? octet | 0x20 : octet;
}
