using System.Text;
using Parallax.Traffic.Redaction;

namespace Parallax.Shadows.Replay;

/// <summary>The values found in a response, by the places in which they stood.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class IssuedPlaces
{
    private const int MaxValues = 2000;
    private const int LongestValue = 4096;
    private const int TellingLength = 8;
    private const int TellingDigits = 5;
    private const int ShortestNamed = 6;

    // A server that issues a longer one is not asked for it again.
    private const int LongestUrl = 8192;
    private const int LongestName = 200;
    private const int KeptOfName = 64;

    private static readonly string[] TellingNames =
        ["token", "csrf", "xsrf", "session", "nonce", "secret", "key", "code", "uuid", "guid", "cursor", "etag", "ticket", "state", "slug",
         "number", "ref"];

    private readonly Dictionary<string, string> _values = [];
    private readonly Dictionary<string, int> _seen = [];

    /// <summary>The values by place, in the order in which they were found.</summary>
    public Dictionary<string, string> Values => _values;

    /// <summary>True when no more are taken.</summary>
    public bool IsFull => _values.Count >= MaxValues;

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _values.Clear();
        _seen.Clear();
    }

    /// <summary>Adds what stands at a place; what could not stand in a request is left out.</summary>
    /// <returns>True when it was added.</returns>
    public bool Add(string place, string value)
    {
        var isUsable = value.Length is > 0 and <= LongestValue && !value.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter));
        return isUsable && !IsFull && _values.TryAdd(place, value);
    }

    /// <summary>Adds what stands at a place that there may be several times.</summary>
    public void AddNext(string place, string value) => Add($"{place}:{Count(place)}", value);

    /// <summary>A name as it stands in places: a long one with its beginning, its hash in this process and its end, since every value
    /// within what is called so has it in its place.</summary>
    public static string Short(string name) => name.Length <= LongestName
        ? name
        : $"{name[..KeptOfName]}{name.GetHashCode(StringComparison.Ordinal):x8}{name[^KeptOfName..]}";

    /// <summary>Adds the parts of a URL that was issued to be gone to: every part may have been made up for it.</summary>
    public void AddUrl(string place, string url)
    {
        if (url.Length > LongestUrl)
        {
            return;
        }

        place = Short(place);
        var parts = new UrlParts(url);
        for (var at = 0; at < parts.Segments.Count; at++)
        {
            // Parts of two URLs are compared one by one only where there are as many.
            Add($"{place}:{parts.Segments.Count}:{at}", parts.Segments[at]);
        }

        foreach (var (name, value) in parts.Pairs)
        {
            Add($"{place}?{name}", value);
        }
    }

    /// <summary>Adds what looks issued in a link, of which a page has many: known again by what else is in it.</summary>
    public void AddLink(string url)
    {
        if (url.Length > LongestUrl)
        {
            return;
        }

        var parts = new UrlParts(url);
        var found = new List<(string Place, string Value)>();
        var shape = new StringBuilder("link:");
        foreach (var segment in parts.Segments)
        {
            Mask("", segment, IsToken(segment));
        }

        foreach (var (name, value) in parts.Pairs)
        {
            Mask(name, value, IsToken(value) || (value.Length >= ShortestNamed && IsTellingName(name)));
        }

        if (found.Count > 0)
        {
            var place = $"{shape}:{Count(shape.ToString())}";
            found.ForEach(each => Add($"{place}:{each.Place}", each.Value));
        }

        void Mask(string name, string value, bool isFound)
        {
            shape.Append('/').Append(name).Append('=').Append(isFound ? "*" : value);
            if (isFound)
            {
                found.Add(($"{found.Count}", value));
            }
        }
    }

    /// <summary>True for a value that is named like an identifier, or looks like one.</summary>
    public static bool IsTelling(string name, string value, bool isNumber) =>
        IsTellingName(name)
        || (isNumber ? value.Length >= TellingDigits && value.All(char.IsAsciiDigit)
            : value.Length >= TellingLength && value.Any(char.IsAsciiDigit));

    /// <summary>True for a name of identifiers and tokens.</summary>
    public static bool IsTellingName(string name) => name.EndsWith("id", StringComparison.OrdinalIgnoreCase)
        || TellingNames.Any(each => name.Contains(each, StringComparison.OrdinalIgnoreCase));

    private int Count(string place) => _seen[place] = _seen.GetValueOrDefault(place) + 1;

    // Drawn at random: words with a year or a size are not.
    private static bool IsToken(string value)
    {
        var octets = Encoding.UTF8.GetBytes(value);
        return SecretTokens.IsLikely(octets) && SecretTokens.DigitGroups(octets) >= 3;
    }
}
