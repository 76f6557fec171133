using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Policy;

/// <summary>Which part of a request a <see cref="RequestRule"/> looks at.</summary>
public enum RequestPart : byte
{
    /// <summary>The method, as written.</summary>
    Method,

    /// <summary>The path without the query, as written.</summary>
    Path,

    /// <summary>The values of one header field.</summary>
    Header,

    /// <summary>The values of one query parameter, decoded.</summary>
    Param,
}

/// <summary>One condition on a request: some part of it matches a regular expression.</summary>
/// <remarks>
/// The expression is searched for (anchor it with <c>^</c> and <c>$</c>), takes time in proportion to the input whatever it is, and sees
/// each octet as one character. A header or parameter that occurs several times fulfils the rule when one of its values does; one that
/// does not occur never does. Thread safety: immutable.
/// </remarks>
public sealed class RequestRule
{
    private const string Forms = "method:RE, path:RE, header:NAME:RE or param:NAME:RE";

    private readonly Regex _expression;
    private readonly byte[] _name;

    private RequestRule(RequestPart part, string name, Regex expression)
    {
        Part = part;
        Name = name;
        _name = Encoding.Latin1.GetBytes(name);
        _expression = expression;
    }

    /// <summary>The part looked at.</summary>
    public RequestPart Part { get; }

    /// <summary>The name of the header (any case) or parameter (exact); empty for method and path.</summary>
    public string Name { get; }

    /// <summary>Reads <c>method:RE</c>, <c>path:RE</c>, <c>header:NAME:RE</c> or <c>param:NAME:RE</c>.</summary>
    /// <param name="text">The flag's value.</param>
    /// <param name="rule">The rule; null when false is returned.</param>
    /// <param name="error">What is wrong, where, and what would be right; null when true is returned.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RequestRule? rule, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        rule = null;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !TryPartOf(text[..colon], out var part))
        {
            error = $"\"{text}\" names no part of a request; write {Forms}";
            return false;
        }

        var name = "";
        var expressionAt = colon + 1;
        if (part is RequestPart.Header or RequestPart.Param)
        {
            var second = text.IndexOf(':', expressionAt);
            if (second <= expressionAt)
            {
                error = $"\"{text}\" lacks the name or the expression after \"{text[..colon]}:\"; write {text[..colon]}:NAME:RE";
                return false;
            }

            name = text[expressionAt..second];
            expressionAt = second + 1;
        }

        if (!Expressions.TryCompile(text, expressionAt, out var expression, out error))
        {
            return false;
        }

        rule = new RequestRule(part, name, expression);
        return true;
    }

    /// <summary>True when the request fulfils this rule.</summary>
    internal bool IsFulfilled(MessageHead head, ReadOnlySpan<byte> octets, in TargetParts target, Latin1Scratch scratch) => Part switch
    {
        RequestPart.Method => _expression.IsMatch(scratch.Widen(head.Method.Of(octets))),
        RequestPart.Path => _expression.IsMatch(scratch.Widen(target.Path.Of(octets))),
        RequestPart.Header => AnyHeader(head, octets, scratch),
        RequestPart.Param => AnyParam(target.Query.Of(octets), scratch),
        _ => throw new UnreachableException(),
    };

    /// <summary>True when both look at the same thing, so that one of them being fulfilled is enough.</summary>
    internal bool IsSameKind(RequestRule other) => Part == other.Part && string.Equals(
        Name, other.Name, Part == RequestPart.Header ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private static bool TryPartOf(string text, out RequestPart part)
    {
        (var known, part) = text switch
        {
            "method" => (true, RequestPart.Method),
            "path" => (true, RequestPart.Path),
            "header" => (true, RequestPart.Header),
            "param" => (true, RequestPart.Param),
            _ => (false, default),
        };
        return known;
    }

    private bool AnyHeader(MessageHead head, ReadOnlySpan<byte> octets, Latin1Scratch scratch)
    {
        for (var index = 0; index < head.FieldCount; index++)
        {
            var field = head[index];
            if (field.Name.Length == _name.Length
                && Ascii.EqualsIgnoreCase(field.Name.Of(octets), _name)
                && _expression.IsMatch(scratch.Widen(field.Value.Of(octets))))
            {
                return true;
            }
        }

        return false;
    }

    private bool AnyParam(ReadOnlySpan<byte> query, Latin1Scratch scratch)
    {
        while (!query.IsEmpty)
        {
            var end = query.IndexOf((byte)'&');
            var pair = end < 0 ? query : query[..end];
            query = end < 0 ? default : query[(end + 1)..];
            var equals = pair.IndexOf((byte)'=');
            var name = equals < 0 ? pair : pair[..equals];
            var value = equals < 0 ? default : pair[(equals + 1)..];
            if (IsName(scratch.WidenDecoded(name)) && _expression.IsMatch(scratch.WidenDecoded(value)))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsName(ReadOnlySpan<char> decoded) => decoded.SequenceEqual(Name);
}
