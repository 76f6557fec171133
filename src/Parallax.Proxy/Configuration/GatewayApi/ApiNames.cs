using System.Text.RegularExpressions;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>The forms of names and values that the Gateway API's schema asks for; what it refuses cannot stand in a cluster.</summary>
internal static partial class ApiNames
{
    private const int LongestName = 253;

    /// <summary>Reports a text that is there and not of the form of a section's name: a listener's or a rule's.</summary>
    public static void CheckSection(Fields fields, string key)
    {
        if (TextOf(fields, key) is { } text && !(text.Length <= LongestName && Subdomain().IsMatch(text)))
        {
            fields.Findings.Error(
                "FLD104",
                fields.Of(key),
                $"is \"{text}\", which is not a name",
                "write small letters, digits, hyphens and dots; 253 at most");
        }
    }

    /// <summary>Reports a hostname that is there and of another form, or an IP address.</summary>
    public static void CheckHostname(string text, Place place, bool mayBePattern, Findings findings)
    {
        var host = mayBePattern && text.StartsWith("*.", StringComparison.Ordinal) ? text[2..] : text;
        if (text.Length > LongestName || !Subdomain().IsMatch(host) || System.Net.IPAddress.TryParse(text, out _))
        {
            findings.Error(
                "FLD104", place, $"is \"{text}\", which is not a hostname",
                "write a name in small letters" + (mayBePattern ? " or *.example.com; leave it out for all hosts" : ""));
        }
    }

    /// <summary>Reports groups, kinds and namespaces of another form.</summary>
    public static void CheckReference(Fields fields)
    {
        Check(fields, "group", text => text.Length == 0 || Subdomain().IsMatch(text));
        Check(fields, "kind", text => text.Length is > 0 and <= 63 && Kind().IsMatch(text));
        Check(fields, "namespace", text => text.Length is > 0 and <= 63 && Hostnames.IsLabel(text) && !text.Any(char.IsAsciiLetterUpper));
    }

    /// <summary>True for the name of a protocol: a word, or one with the domain of who made it.</summary>
    public static bool IsProtocol(string text) => text.Length is > 0 and <= 255 && Protocol().IsMatch(text);

    /// <summary>A duration as GEP-2257 writes it, without fractions; null when missing or wrong, which is reported.</summary>
    public static TimeSpan? Duration(Fields fields, string key)
    {
        var time = fields.Duration(key);
        if (time is not null && TextOf(fields, key) is { } text && !GatewayDuration().IsMatch(text))
        {
            fields.Findings.Error("FLD104", fields.Of(key), $"is \"{text}\"", "write whole numbers, such as 1s500ms");
        }

        return time;
    }

    /// <summary>Reports a list that is too long.</summary>
    public static void CheckCount(Fields fields, string key, int most)
    {
        if (fields.Place.Of(key).Node is ListNode list && list.Entries.Count > most)
        {
            fields.Findings.Error("FLD104", fields.Of(key), $"has {list.Entries.Count} entries; {most} at most");
        }
    }

    /// <summary>Reports names that stand twice in a list, the same to the letter.</summary>
    public static void CheckTwice(IEnumerable<(string Name, Place Place)> names, Findings findings)
    {
        foreach (var twice in names.Where(each => each.Name.Length > 0).GroupBy(each => each.Name).Where(group => group.Count() > 1))
        {
            findings.Error("REF309", twice.Last().Place, $"names {twice.Key} a second time", "leave one");
        }
    }

    private static void Check(Fields fields, string key, Func<string, bool> isRight)
    {
        if (TextOf(fields, key) is { } text && !isRight(text))
        {
            fields.Findings.Error("FLD104", fields.Of(key), $"is \"{text}\", which is no {key}");
        }
    }

    private static string? TextOf(Fields fields, string key) =>
        fields.Place.Node is MapNode map && map.TryGet(key, out var node) && node is TextNode { Kind: TextKind.Text } text
            ? text.Value : null;

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Kind();

    [GeneratedRegex(
        @"^(?:[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/[A-Za-z0-9]+)\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Protocol();

    [GeneratedRegex(@"^([0-9]{1,5}(h|m|s|ms)){1,4}\z", RegexOptions.CultureInvariant)]
    private static partial Regex GatewayDuration();
}
