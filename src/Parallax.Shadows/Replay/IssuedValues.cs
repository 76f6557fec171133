using System.Text;
using Parallax.Recording.Entries;
using Parallax.Traffic.Redaction;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Replay;

/// <summary>Finds the values in a response that a client could hand back later: cookies, tokens, identifiers, parts of locations, hidden
/// inputs of forms. Each has a place, by which the same value of another answer is known.</summary>
/// <remarks>Reusable. Thread safety: none.</remarks>
internal sealed class IssuedValues
{
    private const int LongestBody = 1 << 20;

    private readonly bool _isAutomatic;
    private readonly IReadOnlyList<StateRule> _ruleList;
    private readonly RecordedMessage _message = new();
    private readonly IssuedPlaces _places = new();
    private readonly IssuedJson _json;
    private readonly IssuedMarkup _markup;
    private readonly Dictionary<string, int> _rules = [];
    private readonly long[] _found;

    /// <summary>A reader of responses.</summary>
    /// <param name="isAutomatic">False when only what rules name is looked for.</param>
    /// <param name="rules">What is looked for, or left alone, besides.</param>
    public IssuedValues(bool isAutomatic, IReadOnlyList<StateRule> rules)
    {
        _isAutomatic = isAutomatic;
        _ruleList = rules;
        _json = new(_places);
        _markup = new(_places, _json);
        _found = new long[rules.Count];
    }

    /// <summary>The values by place; valid until the next reading.</summary>
    public IReadOnlyDictionary<string, string> Values => _places.Values;

    /// <summary>How many values a rule found in all. Any thread.</summary>
    public long FoundBy(int rule) => Volatile.Read(ref _found[rule]);

    /// <summary>The rule that found what is at a place; null when none did.</summary>
    public int? RuleOf(string place) => _rules.TryGetValue(place, out var rule) ? rule : null;

    /// <summary>Finds them.</summary>
    /// <param name="octets">The response as on the wire.</param>
    /// <param name="target">The target of the recorded request.</param>
    public void Read(ReadOnlySpan<byte> octets, string target)
    {
        _places.Clear();
        _json.Begin();
        _rules.Clear();
        if (!_message.TryRead(MessageKind.Response, octets))
        {
            return;
        }

        if (_isAutomatic)
        {
            ReadAll(octets);
        }

        for (var rule = 0; rule < _ruleList.Count; rule++)
        {
            if (_ruleList[rule].Endpoint?.IsMatch(target) != false)
            {
                ReadRule(rule, RuleValues.Find(_ruleList[rule], _message, octets));
            }
        }
    }

    private void ReadRule(int rule, List<string> found)
    {
        Volatile.Write(ref _found[rule], _found[rule] + found.Count);
        var values = found.ToHashSet(StringComparer.Ordinal);
        foreach (var place in _places.Values.Where(each => values.Contains(each.Value)).Select(each => each.Key).ToList())
        {
            _places.Values.Remove(place);
        }

        for (var at = 0; at < found.Count; at++)
        {
            var own = $"rule:{rule}:{at}";
            if (!_ruleList[rule].IsIgnored && _places.Add(own, found[at]))
            {
                _rules.Add(own, rule);
            }
        }
    }

    private void ReadAll(ReadOnlySpan<byte> octets)
    {
        for (var at = 0; at < _message.Head.FieldCount; at++)
        {
            var field = _message.Head[at];
            var value = field.Value.Of(octets);
            ReadField(Encoding.Latin1.GetString(field.Name.Of(octets)).ToLowerInvariant(), value);
        }

        ReadBody(octets);
    }

    private void ReadField(string name, ReadOnlySpan<byte> octets)
    {
        var value = Encoding.Latin1.GetString(octets);
        switch (name)
        {
            case "set-cookie":
                var pair = value.Split(';', 2)[0].Split('=', 2);
                if (pair.Length == 2)
                {
                    _places.Add("cookie:" + pair[0].Trim(), pair[1].Trim());
                }

                break;
            case "location" or "content-location":
                _places.AddUrl(name, value);
                break;
            case "refresh":
                _markup.AddRefresh(name, value);
                break;
            case "link":
                ReadLinks(value);
                break;
            case "etag":
                _places.Add(name, value);
                break;
            default:
                ReadOther(name, value);
                break;
        }
    }

    // Credentials stand after their scheme.
    private void ReadOther(string name, string value)
    {
        if (name.Contains("token", StringComparison.Ordinal) || name.Contains("csrf", StringComparison.Ordinal)
            || name.Contains("xsrf", StringComparison.Ordinal) || name.Contains("session", StringComparison.Ordinal)
            || name.Contains("nonce", StringComparison.Ordinal) || name.EndsWith("authorization", StringComparison.Ordinal))
        {
            _places.Add("header:" + name, value[(value.IndexOf(' ') + 1)..]);
        }
    }

    // <URL>; rel="next", <URL>; …
    private void ReadLinks(string value)
    {
        foreach (var link in value.Split('<').Skip(1))
        {
            var end = link.IndexOf('>');
            var relation = link.IndexOf("rel=", StringComparison.OrdinalIgnoreCase) is >= 0 and var at
                ? link[(at + 4)..].Split(';', ',')[0].Trim(' ', '"')
                : "";
            _places.AddUrl("link:" + relation, end < 0 ? link : link[..end]);
        }
    }

    private void ReadBody(ReadOnlySpan<byte> octets)
    {
        var type = _message.ValueOf(octets, "content-type"u8);
        if (_message.BodyOf(octets).Length is 0 or > LongestBody || !_message.TryDecode(octets, out var body, LongestBody))
        {
            return;
        }

        if (body.StartsWith("\uFEFF"u8))
        {
            body = body["\uFEFF"u8.Length..];
        }

        var trimmed = body.TrimStart(" \t\r\n"u8);
        if (type.IndexOf("html"u8) >= 0)
        {
            _markup.ReadHtml(Encoding.UTF8.GetString(body));
        }
        else if (trimmed is [(byte)'{' or (byte)'[', ..])
        {
            _json.Read(trimmed, "json:");
        }
        else if (JsonEnvelope.TryOpen(trimmed, out var inner))
        {
            ReadLines(trimmed, inner);
        }
        else if (type.IndexOf("xml"u8) >= 0 || trimmed.StartsWith("<?xml"u8))
        {
            _markup.ReadXml(Encoding.UTF8.GetString(body));
        }
        else if (type.IndexOf("script"u8) >= 0)
        {
            _markup.ReadScript(Encoding.UTF8.GetString(body));
        }
        else
        {
            ReadLines(trimmed, 0..0);
        }
    }

    // JSON with a guard before it; else the lines of an event stream, or packets.
    private void ReadLines(ReadOnlySpan<byte> text, Range whole)
    {
        if (!text[whole].IsEmpty && !text.StartsWith("data:"u8))
        {
            _json.Read(text[whole], "json:");
            return;
        }

        var line = 0;
        foreach (var range in text.SplitAny("\n\u001e"u8))
        {
            if (JsonEnvelope.TryOpen(text[range].TrimStart(" \t"u8), out var inner))
            {
                _json.Read(text[range].TrimStart(" \t"u8)[inner], $"json:{line++}:");
            }
        }
    }
}
