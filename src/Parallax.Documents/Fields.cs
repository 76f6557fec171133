using System.Globalization;

namespace Parallax.Documents;

/// <summary>Reads the fields of one mapping. Every field that is asked for is a field of the schema; what nobody asked for when the reading
/// is over is a misspelling. So the code that reads is the schema, and there is no second list.</summary>
/// <remarks>
/// Ask for all fields every time, whatever the others say. A null counts as a missing field, as in Kubernetes. Thread safety: none.
/// </remarks>
public sealed class Fields
{
    private readonly MapNode _map;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    private Fields(MapNode map, Place place, Findings findings)
    {
        _map = map;
        Place = place;
        Findings = findings;
    }

    /// <summary>Where the mapping stands.</summary>
    public Place Place { get; }

    /// <summary>Where what is found goes.</summary>
    public Findings Findings { get; }

    /// <summary>Reads a whole mapping, and reports the fields that <paramref name="read"/> did not ask for.</summary>
    /// <returns>What was read; the default when the node is not a mapping, which is reported.</returns>
    public static T? Read<T>(Place place, Findings findings, Func<Fields, T> read)
    {
        if (place.Node is not MapNode map)
        {
            findings.Error("FLD102", place, $"must be a mapping, but is {place.Node.Description}");
            return default;
        }

        var fields = new Fields(map, place, findings);
        var value = read(fields);
        fields.ReportUnknown();
        return value;
    }

    /// <summary>The names of all fields that are there, known or not; one that is null is not there.</summary>
    public IReadOnlyCollection<string> Names => [.. _map.Entries.Where(entry => entry.Value is not TextNode { Kind: TextKind.Null }).Select(
        entry => entry.Key)];

    /// <summary>The place of a field.</summary>
    public Place Of(string key) => Place.Of(key);

    /// <summary>True when the field is there.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>Those of the fields that are there.</summary>
    public IReadOnlyList<string> Present(params IReadOnlyList<string> keys) => [.. keys.Where(Has)];

    /// <summary>Fields that are there for others to read.</summary>
    public void Pass(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            _known.Add(key);
        }
    }

    /// <summary>A field of the schema that has no effect here; reported when it is there.</summary>
    public void NotSupported(string key, string because)
    {
        if (Has(key))
        {
            Findings.Warning("FLD105", Of(key), $"is not supported and ignored, because {because}");
        }
    }

    /// <summary>A text; null when missing.</summary>
    public string? Text(string key) => Has(key) ? TextOf(Of(key)) : null;

    /// <summary>A text that must be there and not empty; empty when it is not, which is reported.</summary>
    public string RequiredText(string key, string remedy)
    {
        var text = Text(key);
        if (string.IsNullOrEmpty(text) && (text is not null || !Has(key)))
        {
            Missing(key, remedy);
        }

        return text ?? "";
    }

    /// <summary>Reports that a field is missing.</summary>
    public void Missing(string key, string remedy) => Findings.Error("FLD103", Of(key), "is missing", remedy);

    /// <summary>One of some words; null when missing or another, which is reported.</summary>
    public string? Choice(string key, params IReadOnlyCollection<string> allowed)
    {
        var text = Text(key);
        if (text is not null && !allowed.Contains(text))
        {
            Findings.Error("FLD104", Of(key), $"is \"{text}\", which is not among its values", Spelling.Suggest(text, allowed));
            return null;
        }

        return text;
    }

    /// <summary>A whole number within a range; null when missing or wrong, which is reported.</summary>
    public int? Whole(string key, int least = 0, int most = int.MaxValue)
    {
        if (Number(key, least, most) is not { } number)
        {
            return null;
        }

        if (double.IsInteger(number))
        {
            return (int)number;
        }

        Findings.Error("FLD104", Of(key), string.Create(CultureInfo.InvariantCulture, $"must be a whole number, but is {number}"));
        return null;
    }

    /// <summary>A number within a range; null when missing or wrong, which is reported.</summary>
    public double? Number(string key, double least, double most)
    {
        if (Find(key) is not { } node)
        {
            return null;
        }

        if (node is not TextNode { Kind: TextKind.Number } text)
        {
            Findings.Error("FLD102", Of(key), $"must be a number, but is {node.Description}", UnquoteRemedy(node));
            return null;
        }

        if (YamlScalars.TryNumber(text.Value, out var number)
            && number >= least
            && number <= most)
        {
            return number;
        }

        Findings.Error("FLD104", Of(key), string.Create(CultureInfo.InvariantCulture, $"must be {least} to {most}, but is {text.Value}"));
        return null;
    }

    /// <summary>True or false; null when missing.</summary>
    public bool? Flag(string key)
    {
        if (Find(key) is not { } node)
        {
            return null;
        }

        if (node is TextNode { Kind: TextKind.Flag } text)
        {
            return YamlScalars.IsTrue(text.Value);
        }

        Findings.Error("FLD102", Of(key), $"must be true or false, but is {node.Description}", UnquoteRemedy(node));
        return null;
    }

    /// <summary>A duration; null when missing or wrong, which is reported.</summary>
    public TimeSpan? Duration(string key)
    {
        if (Text(key) is not { } text)
        {
            return null;
        }

        if (GoDuration.TryParse(text, out var duration))
        {
            return duration;
        }

        Findings.Error("FLD104", Of(key), $"is \"{text}\", which is not a duration", "write it like 500ms, 7s or 1m30s; 40 days at most");
        return null;
    }

    /// <summary>A mapping; the default when missing or wrong.</summary>
    public T? Object<T>(string key, Func<Fields, T> read) =>
        Has(key) ? Read(Of(key), Findings, read) : default;

    /// <summary>A list of mappings; empty when missing.</summary>
    public IReadOnlyList<T> Objects<T>(string key, Func<Fields, T?> read)
        where T : class =>
        [.. Entries(key).Select(entry => Read(entry, Findings, read)).OfType<T>()];

    /// <summary>A list of texts; empty when missing.</summary>
    /// <param name="key">The field.</param>
    /// <param name="accepts">Says of each text whether it can be used, and reports why not; null takes all.</param>
    public IReadOnlyList<string> Texts(string key, Func<string, Place, bool>? accepts = null) =>
        [.. Entries(key)
            .Select(entry => TextOf(entry) is { } text && accepts?.Invoke(text, entry) != false ? text : null)
            .OfType<string>()];

    /// <summary>Free names with texts; empty when missing.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> TextMap(string key) =>
        [.. Map(key).Select(entry => KeyValuePair.Create(entry.Key, TextOf(new($"{Of(key).Path}.{entry.Key}", entry.Value)) ?? ""))];

    /// <summary>Free names with mappings; empty when missing.</summary>
    public IReadOnlyList<T> ObjectMap<T>(string key, Func<string, Fields, T?> read)
        where T : class =>
        [.. Map(key).Select(entry => Read(
            new($"{Of(key).Path}.{entry.Key}", Given(entry)), Findings, fields => read(entry.Key, fields))).OfType<T>()];

    /// <summary>The places of a list's entries; empty when missing.</summary>
    public IReadOnlyList<Place> Entries(string key)
    {
        if (Find(key) is not { } node)
        {
            return [];
        }

        if (node is ListNode list)
        {
            return [.. list.Entries.Select((_, index) => Of(key).At(index))];
        }

        Findings.Error("FLD102", Of(key), $"must be a list, but is {node.Description}", "put a dash before each entry");
        return [];
    }

    // `x:` with nothing after it says as much as `x: {}`.
    private static DocumentNode Given(MapEntry entry) =>
        entry.Value is TextNode { Kind: TextKind.Null } ? new MapNode(entry.KeyPosition, [], 1) : entry.Value;

    private IReadOnlyList<MapEntry> Map(string key)
    {
        if (Find(key) is not { } node)
        {
            return [];
        }

        if (node is MapNode map)
        {
            return map.Entries;
        }

        Findings.Error("FLD102", Of(key), $"must be a mapping, but is {node.Description}");
        return [];
    }

    private DocumentNode? Find(string key)
    {
        _known.Add(key);
        return _map.TryGet(key, out var node) && node is not TextNode { Kind: TextKind.Null } ? node : null;
    }

    private string? TextOf(Place place)
    {
        if (place.Node is TextNode { Kind: TextKind.Text } text)
        {
            return text.Value;
        }

        var remedy = place.Node is TextNode { Kind: not TextKind.Null } ? "put it between quotes" : "";
        Findings.Error("FLD102", place, $"must be text, but is {place.Node.Description}", remedy);
        return null;
    }

    private static string UnquoteRemedy(DocumentNode node) =>
        node is TextNode { Kind: TextKind.Text } ? "write it without quotes" : "";

    private void ReportUnknown()
    {
        foreach (var entry in _map.Entries.Where(entry => !_known.Contains(entry.Key)))
        {
            var place = new Place(Of(entry.Key).Path, new TextNode(entry.KeyPosition, ""));
            var known = _known.Order(StringComparer.Ordinal).ToList();
            Findings.Error("FLD101", place, "is not a field that is known here", Spelling.Suggest(entry.Key, known));
        }
    }
}
