using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Parallax.Traffic.Recording;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Replay;

/// <summary>Finds the values in a response that a client could hand back later: cookies, tokens, identifiers, parts of locations, hidden
/// inputs of forms. Each has a place, by which the same value of another answer is known.</summary>
/// <remarks>Reusable. Thread safety: none.</remarks>
/// <param name="isAutomatic">False when only what rules name is looked for.</param>
/// <param name="rules">What is looked for, or left alone, besides.</param>
internal sealed partial class IssuedValues(bool isAutomatic, IReadOnlyList<StateRule> rules)
{
    private const int MaxValues = 2000;
    private const int LongestBody = 1 << 20;
    private const int LongestValue = 4096;
    private const int TellingLength = 8;
    private const int TellingDigits = 5;

    private static readonly string[] TellingNames =
        ["token", "csrf", "xsrf", "session", "nonce", "secret", "key", "code", "uuid", "guid", "cursor", "etag", "ticket", "state", "slug",
         "number", "ref"];

    private static readonly string[] UrlNames = ["href", "url", "uri", "location", "self", "next", "link"];

    private readonly RecordedMessage _message = new();
    private readonly Dictionary<string, string> _values = [];
    private readonly Dictionary<string, int> _rules = [];
    private readonly long[] _found = new long[rules.Count];

    /// <summary>The values by place; valid until the next reading.</summary>
    public IReadOnlyDictionary<string, string> Values => _values;

    /// <summary>How many values a rule found in all. Any thread.</summary>
    public long FoundBy(int rule) => Volatile.Read(ref _found[rule]);

    /// <summary>The rule that found what is at a place; null when none did.</summary>
    public int? RuleOf(string place) => _rules.TryGetValue(place, out var rule) ? rule : null;

    /// <summary>Finds them.</summary>
    /// <param name="octets">The response as on the wire.</param>
    /// <param name="target">The target of the recorded request.</param>
    public void Read(ReadOnlySpan<byte> octets, string target)
    {
        _values.Clear();
        _rules.Clear();
        if (!_message.TryRead(MessageKind.Response, octets))
        {
            return;
        }

        if (isAutomatic)
        {
            ReadAll(octets);
        }

        for (var rule = 0; rule < rules.Count; rule++)
        {
            if (rules[rule].Endpoint?.IsMatch(target) != false)
            {
                ReadRule(rule, RuleValues.Find(rules[rule], _message, octets));
            }
        }
    }

    private void ReadRule(int rule, List<string> found)
    {
        Volatile.Write(ref _found[rule], _found[rule] + found.Count);
        for (var at = 0; at < found.Count; at++)
        {
            foreach (var place in _values.Where(each => each.Value == found[at]).Select(each => each.Key).ToList())
            {
                _values.Remove(place);
            }

            var own = $"rule:{rule}:{at}";
            if (!rules[rule].IsIgnored && Add(own, found[at]))
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
                    Add("cookie:" + pair[0].Trim(), pair[1].Trim());
                }

                break;
            case "location" or "content-location":
                AddUrl(name, value);
                break;
            case "etag":
                Add(name, value);
                break;
            default:
                if (name.Contains("token", StringComparison.Ordinal) || name.Contains("csrf", StringComparison.Ordinal)
                    || name.Contains("session", StringComparison.Ordinal) || name == "authorization")
                {
                    Add("header:" + name, value);
                }

                break;
        }
    }

    private void ReadBody(ReadOnlySpan<byte> octets)
    {
        var type = _message.ValueOf(octets, "content-type"u8);
        if (_message.BodyOf(octets).Length is 0 or > LongestBody || !_message.TryDecode(octets, out var body, LongestBody))
        {
            return;
        }

        if (type.IndexOf("json"u8) >= 0)
        {
            ReadJson(body);
        }
        else if (type.IndexOf("html"u8) >= 0)
        {
            ReadForms(Encoding.UTF8.GetString(body));
        }
    }

    private void ReadJson(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            var path = new Stack<(string Name, int Index)>();
            while (reader.Read() && _values.Count < MaxValues)
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        path.Push(path.Pop() with { Name = reader.GetString()! });
                        break;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        Step(path);
                        path.Push(("", -1));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        path.Pop();
                        break;
                    case JsonTokenType.String:
                        Step(path);
                        AddLeaf(path, reader.GetString()!, isNumber: false);
                        break;
                    case JsonTokenType.Number:
                        Step(path);
                        AddLeaf(path, Encoding.ASCII.GetString(reader.ValueSpan), isNumber: true);
                        break;
                    default:
                        Step(path);
                        break;
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // What was found before is kept: both answers break off in the same way or the places differ.
        }
    }

    private static void Step(Stack<(string Name, int Index)> path)
    {
        if (path.TryPop(out var place))
        {
            path.Push(place with { Index = place.Index + 1 });
        }
    }

    private void AddLeaf(Stack<(string Name, int Index)> path, string value, bool isNumber)
    {
        // In an array the element's place counts, in an object its name.
        var name = path.FirstOrDefault(place => place.Name.Length > 0).Name ?? "";
        var place = "json:" + string.Join('/', path.Reverse().Select(step => step.Name.Length > 0 ? step.Name : $"{step.Index}"));
        if (!isNumber && UrlNames.Any(each => name.EndsWith(each, StringComparison.OrdinalIgnoreCase)))
        {
            AddUrl(place, value);
        }
        else if (IsTelling(name, value, isNumber))
        {
            Add(place, value);
        }
    }

    // A value that is named like an identifier, or looks like one.
    private static bool IsTelling(string name, string value, bool isNumber) =>
        name.EndsWith("id", StringComparison.OrdinalIgnoreCase)
        || TellingNames.Any(each => name.Contains(each, StringComparison.OrdinalIgnoreCase))
        || (isNumber ? value.Length >= TellingDigits && value.All(char.IsAsciiDigit)
            : value.Length >= TellingLength && value.Any(char.IsAsciiDigit));

    private void ReadForms(string html)
    {
        foreach (Match tag in Inputs().Matches(html))
        {
            var name = NameAttribute().Match(tag.Value);
            var value = ValueAttribute().Match(tag.Value);
            if (name.Success && value.Success)
            {
                Add("form:" + name.Groups[1].Value, System.Net.WebUtility.HtmlDecode(value.Groups[1].Value));
            }
        }
    }

    // Parts of two locations are compared one by one only where there are as many.
    private void AddUrl(string place, string url)
    {
        var rest = url.AsSpan();
        var scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            var path = url.IndexOf('/', scheme + 3);
            rest = path < 0 ? default : rest[path..];
        }

        var query = rest.IndexOf('?');
        var segments = (query < 0 ? rest : rest[..query]).ToString().Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var at = 0; at < segments.Length; at++)
        {
            Add($"{place}:{segments.Length}:{at}", segments[at]);
        }

        foreach (var pair in query < 0 ? [] : rest[(query + 1)..].ToString().Split('&'))
        {
            var parts = pair.Split('=', 2);
            Add($"{place}?{parts[0]}", parts.Length == 2 ? parts[1] : "");
        }
    }

    private bool Add(string place, string value)
    {
        var isUsable = value.Length is > 0 and <= LongestValue && !value.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter));
        return isUsable && _values.Count < MaxValues && _values.TryAdd(place, value);
    }

    [GeneratedRegex("<(?:input|meta)\\b[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Inputs();

    [GeneratedRegex("\\bname\\s*=\\s*[\"']?([^\"'\\s>]+)", RegexOptions.IgnoreCase)]
    private static partial Regex NameAttribute();

    [GeneratedRegex("\\b(?:value|content)\\s*=\\s*[\"']?([^\"'\\s>]+)", RegexOptions.IgnoreCase)]
    private static partial Regex ValueAttribute();
}
