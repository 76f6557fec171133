using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Parallax.Traffic.Contents;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Policy;

/// <summary>Which part of an exchange an <see cref="ExchangeRule"/> looks at; those that take little time come first.</summary>
public enum ExchangePart : byte
{
    /// <summary>The method, as written.</summary>
    Method,

    /// <summary>The path without the query, as written.</summary>
    Path,

    /// <summary>The host without the port, in lower case: of the target, else of the Host field.</summary>
    Host,

    /// <summary>The query, as written.</summary>
    Query,

    /// <summary>The values of one query parameter, decoded.</summary>
    Param,

    /// <summary>The values of one field of the request.</summary>
    Header,

    /// <summary>The value of one cookie, as written.</summary>
    Cookie,

    /// <summary>The status code of the response.</summary>
    Status,

    /// <summary>The values of one field of the response.</summary>
    ResponseHeader,

    /// <summary>The request's content without its coding, as text.</summary>
    Body,

    /// <summary>One value in the request's content, which is JSON.</summary>
    Json,

    /// <summary>The response's content without its coding, as text.</summary>
    ResponseBody,

    /// <summary>One value in the response's content, which is JSON.</summary>
    ResponseJson,
}

/// <summary>One condition on an exchange: some part of it matches a regular expression.</summary>
/// <remarks>
/// The expression is searched for (anchor it with <c>^</c> and <c>$</c>) and takes time in proportion to the input whatever it is. In heads
/// it sees each octet as one character; content is UTF-8. A header or parameter that occurs several times fulfils the rule when one of its
/// values does; a part that is not there, or cannot be decoded, never does. Thread safety: immutable.
/// </remarks>
public sealed class ExchangeRule
{
    private const string Forms = "method:RE, path:RE, host:RE, query:RE, param:NAME:RE, header:NAME:RE, cookie:NAME:RE, body:RE, "
        + "json:/POINTER=RE, status:RE, response-header:NAME:RE, response-body:RE or response-json:/POINTER=RE";

    private readonly Regex _expression;
    private readonly byte[] _name;
    private readonly JsonPointer? _pointer;

    private ExchangeRule(ExchangePart part, string text, string name, JsonPointer? pointer, Regex expression)
    {
        Part = part;
        Text = text;
        Name = name;
        _name = Encoding.Latin1.GetBytes(name);
        _pointer = pointer;
        _expression = expression;
    }

    /// <summary>The part looked at.</summary>
    public ExchangePart Part { get; }

    /// <summary>The rule as it was written.</summary>
    public string Text { get; }

    /// <summary>The name of the header (any case), parameter or cookie (exact), or the JSON pointer; empty for other parts.</summary>
    public string Name { get; }

    /// <summary>How much must be known to decide it.</summary>
    public KnownFacts Needs => Part switch
    {
        ExchangePart.Body or ExchangePart.Json => KnownFacts.Request,
        ExchangePart.Status or ExchangePart.ResponseHeader or ExchangePart.ResponseBody or ExchangePart.ResponseJson =>
            KnownFacts.Exchange,
        _ => KnownFacts.RequestHead,
    };

    /// <summary>Reads a rule: the part, a colon, a name where there can be several, and the expression.</summary>
    /// <param name="text">The flag's value.</param>
    /// <param name="rule">The rule; null when false is returned.</param>
    /// <param name="error">What is wrong, where, and what would be right; null when true is returned.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ExchangeRule? rule, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        rule = null;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || PartOf(text[..colon]) is not { } part)
        {
            error = $"\"{text}\" names no part of a request or response; write {Forms}";
            return false;
        }

        var start = colon + 1;
        var (name, pointer) = ("", default(JsonPointer));
        if (IsNamed(part) && !TryReadName(text, colon, ref start, out name, out error))
        {
            return false;
        }

        if (part is ExchangePart.Json or ExchangePart.ResponseJson
            && !TryReadPointer(text, colon, ref start, out name, out pointer, out error))
        {
            return false;
        }

        if (!Expressions.TryCompile(text, start, out var expression, out error))
        {
            return false;
        }

        rule = new ExchangeRule(part, text, name, pointer, expression);
        return true;
    }

    /// <summary>True when the exchange fulfils this rule.</summary>
    internal bool IsFulfilled(in ExchangeFacts facts, in TargetParts target, MatchScratch scratch) => Needs switch
    {
        KnownFacts.RequestHead => facts.Head is { } head && IsFulfilledByHead(head, facts.Octets, target, scratch.Text),
        KnownFacts.Request => facts.Request is { } request && IsFulfilledByContent(scratch.RequestContent(request), scratch),
        _ => facts.Response is { } response && IsFulfilledByResponse(response, scratch),
    };

    /// <summary>True when both look at the same thing, so that one of them being fulfilled is enough.</summary>
    internal bool IsSameKind(ExchangeRule other) => Part == other.Part && string.Equals(
        Name,
        other.Name,
        Part is ExchangePart.Header or ExchangePart.ResponseHeader ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private static ExchangePart? PartOf(string text) => text switch
    {
        "method" => ExchangePart.Method,
        "path" => ExchangePart.Path,
        "host" => ExchangePart.Host,
        "query" => ExchangePart.Query,
        "param" => ExchangePart.Param,
        "header" => ExchangePart.Header,
        "cookie" => ExchangePart.Cookie,
        "body" => ExchangePart.Body,
        "json" => ExchangePart.Json,
        "status" => ExchangePart.Status,
        "response-header" => ExchangePart.ResponseHeader,
        "response-body" => ExchangePart.ResponseBody,
        "response-json" => ExchangePart.ResponseJson,
        _ => null,
    };

    private static bool IsNamed(ExchangePart part) =>
        part is ExchangePart.Header or ExchangePart.Param or ExchangePart.Cookie or ExchangePart.ResponseHeader;

    private static bool TryReadName(
        string text, int colon, ref int start, out string name, [NotNullWhen(false)] out string? error)
    {
        var second = text.IndexOf(':', start);
        name = second > start ? text[start..second] : "";
        error = second > start ? null
            : $"\"{text}\" lacks the name or the expression after \"{text[..colon]}:\"; write {text[..colon]}:NAME:RE";
        start = second + 1;
        return error is null;
    }

    private static bool TryReadPointer(
        string text, int colon, ref int start, out string name, out JsonPointer? pointer, [NotNullWhen(false)] out string? error)
    {
        var equals = text.IndexOf('=', start);
        name = equals < 0 ? "" : text[start..equals];
        pointer = null;
        error = equals < 0 || !JsonPointer.TryParse(name, out pointer)
            ? $"\"{text}\" has no JSON pointer after \"{text[..colon]}:\"; write {text[..colon]}:/NAME/NAME=RE"
            : null;
        start = equals + 1;
        return error is null;
    }

    private bool IsFulfilledByHead(MessageHead head, ReadOnlySpan<byte> octets, in TargetParts target, Latin1Scratch scratch) => Part switch
    {
        ExchangePart.Method => _expression.IsMatch(scratch.Widen(head.Method.Of(octets))),
        ExchangePart.Path => _expression.IsMatch(scratch.Widen(target.Path.Of(octets))),
        ExchangePart.Host => IsHost(head, octets, target, scratch),
        ExchangePart.Query => _expression.IsMatch(scratch.Widen(target.Query.Of(octets))),
        ExchangePart.Param => AnyParam(target.Query.Of(octets), scratch),
        ExchangePart.Header => AnyHeader(head, octets, scratch),
        ExchangePart.Cookie => Cookies.TryFind(head, octets, _name, out var value) && _expression.IsMatch(scratch.Widen(value.Of(octets))),
        _ => throw new UnreachableException(),
    };

    private bool IsFulfilledByResponse(Message response, MatchScratch scratch) => Part switch
    {
        ExchangePart.Status => IsStatus(response.Head.StatusCode),
        ExchangePart.ResponseHeader => AnyHeader(response.Head, response.HeadOctets, scratch.Text),
        _ => IsFulfilledByContent(scratch.ResponseContent(response), scratch),
    };

    private bool IsFulfilledByContent(ReadOnlySpan<byte> content, MatchScratch scratch) =>
        _pointer is null ? _expression.IsMatch(scratch.Utf8Text(content))
        : _pointer.Find(content) is { } value && _expression.IsMatch(value);

    private bool IsStatus(int status)
    {
        Span<char> digits = stackalloc char[8];
        return status.TryFormat(digits, out var length, default, CultureInfo.InvariantCulture) && _expression.IsMatch(digits[..length]);
    }

    private bool IsHost(MessageHead head, ReadOnlySpan<byte> octets, in TargetParts target, Latin1Scratch scratch)
    {
        var authority = target.Authority.Of(octets);
        if (authority.IsEmpty && head.TryFind(octets, "host"u8, out var field))
        {
            authority = field.Of(octets);
        }

        var host = scratch.Widen(authority[..TargetParts.HostLengthOf(authority)]);
        Span<char> lower = stackalloc char[Math.Min(host.Length, 256)];
        return host.Length <= lower.Length && host.ToLowerInvariant(lower) >= 0 && _expression.IsMatch(lower);
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
            if (scratch.WidenDecoded(name).SequenceEqual(Name) && _expression.IsMatch(scratch.WidenDecoded(value)))
            {
                return true;
            }
        }

        return false;
    }
}
