using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Parallax.Shadows.Replay;

/// <summary>Finds issued values in pages and XML: inputs of forms, meta elements, actions and links, attributes, scripts, elements.
/// </summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed partial class IssuedMarkup(IssuedPlaces places, IssuedJson json)
{
    private const int ShortestAssigned = 6;

    private static readonly HashSet<string> Links = new(StringComparer.OrdinalIgnoreCase) { "href", "action", "src", "formaction" };

    private static readonly string[] TokenNames =
        ["token", "csrf", "xsrf", "nonce", "session", "secret", "ticket", "uuid", "guid", "viewstate"];

    /// <summary>Finds them in a page.</summary>
    public void ReadHtml(string html)
    {
        foreach (Match tag in Tags().Matches(html))
        {
            if (places.IsFull)
            {
                return;
            }

            ReadTag(tag.Value);
        }

        ReadScript(html);
    }

    /// <summary>Finds what a script assigns to a telling name.</summary>
    public void ReadScript(string script)
    {
        foreach (Match match in Assignments().Matches(script))
        {
            var (name, value) = (match.Groups[1].Value, match.Groups[2].Value);
            if (value.Length >= ShortestAssigned && value.Any(char.IsAsciiDigit) && IsTokenName(name))
            {
                places.AddNext("script:" + name, value);
            }
        }
    }

    /// <summary>Finds what elements without others hold.</summary>
    public void ReadXml(string xml)
    {
        foreach (Match match in Elements().Matches(xml))
        {
            var (name, value) = (match.Groups[1].Value, WebUtility.HtmlDecode(match.Groups[2].Value.Trim()));
            if (value.Contains("://", StringComparison.Ordinal))
            {
                places.AddUrl("xml:" + name, value);
            }
            else if (IssuedPlaces.IsTelling(name, value, isNumber: value.All(char.IsAsciiDigit)))
            {
                places.AddNext("xml:" + name, value);
            }
        }
    }

    // In pages and scripts much is called id, key or ref.
    private static bool IsTokenName(string name) =>
        TokenNames.Any(each => name.Contains(each, StringComparison.OrdinalIgnoreCase));

    private void ReadTag(string tag)
    {
        var (name, value, isRefresh) = ("", "", false);
        foreach (Match match in Attributes().Matches(tag))
        {
            var attribute = match.Groups[1].Value;
            var text = WebUtility.HtmlDecode(match.Groups[2].Success ? match.Groups[2].Value
                : match.Groups[3].Success ? match.Groups[3].Value
                : match.Groups[4].Value);
            switch (attribute.ToLowerInvariant())
            {
                case "name" or "property":
                    name = text;
                    break;
                case "value" or "content":
                    value = text;
                    break;
                case "http-equiv":
                    isRefresh = text.Equals("refresh", StringComparison.OrdinalIgnoreCase);
                    break;
                case var other when Links.Contains(other):
                    places.AddLink(text);
                    break;
                case var other when other.StartsWith("data-", StringComparison.Ordinal):
                    ReadAttribute(other, text);
                    break;
            }
        }

        if (isRefresh)
        {
            AddRefresh("refresh", value);
        }
        else if (name.Length > 0 && (tag.StartsWith("<input", StringComparison.OrdinalIgnoreCase)
            || tag.StartsWith("<meta", StringComparison.OrdinalIgnoreCase)
            || tag.StartsWith("<button", StringComparison.OrdinalIgnoreCase)))
        {
            places.Add("form:" + name, value);
        }
    }

    /// <summary>The URL of a refresh, <c>0; url=…</c>.</summary>
    public void AddRefresh(string place, string value)
    {
        var url = value.IndexOf("url=", StringComparison.OrdinalIgnoreCase);
        if (url >= 0)
        {
            places.AddUrl(place, value[(url + 4)..].Trim(' ', '"', '\''));
        }
    }

    private void ReadAttribute(string name, string value)
    {
        if (value is ['{' or '[', ..])
        {
            json.Read(Encoding.UTF8.GetBytes(value), name + ":");
        }
        else if (value is ['/', ..] || value.Contains("://", StringComparison.Ordinal))
        {
            places.AddLink(value);
        }
        else if (value.Length >= ShortestAssigned && IsTokenName(name))
        {
            places.AddNext(name, value);
        }
    }

    [GeneratedRegex("<[a-zA-Z][^<>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex("""(?<![\w:.-])([a-zA-Z][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")]
    private static partial Regex Attributes();

    [GeneratedRegex("""(?<![\w.$-])([\w.$-]{1,64})["']?\s{0,4}[:=]\s{0,4}["']([^"'\\\s<>]{6,4096})["']""")]
    private static partial Regex Assignments();

    [GeneratedRegex("""<([a-zA-Z_][\w:.-]{0,99})(?:\s[^<>]*)?>([^<>]{1,4096})</""")]
    private static partial Regex Elements();
}
