using System.Text.RegularExpressions;
using Parallax.Documents;

namespace Parallax.Shadows.Replay;

/// <summary>Reads the rules of state mapping for a replay: a list of <c>name</c>, <c>endpoint</c>, one of <c>header</c>, <c>cookie</c>,
/// <c>json</c> and <c>body</c>, <c>match</c>, <c>in</c> and <c>ignore</c>.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public static class StateRulesFile
{
    private static readonly (string Field, StateSource Source)[] Sources =
    [
        ("header", StateSource.Header), ("cookie", StateSource.Cookie), ("json", StateSource.Json), ("body", StateSource.Body),
    ];

    private static readonly SubstitutionPlace[] Places = Enum.GetValues<SubstitutionPlace>();

    /// <summary>Reads the file.</summary>
    /// <param name="file">Its name.</param>
    /// <param name="rules">The rules; empty when there are errors.</param>
    /// <returns>What is wrong with it.</returns>
    public static IReadOnlyList<Finding> Load(string file, out IReadOnlyList<StateRule> rules)
    {
        var findings = new Findings();
        using var files = new SourceFiles(findings, new SourceReader());
        var found = new List<StateRule>();
        foreach (var root in files.Read(file, null) is { } source ? DocumentReader.Read(source.Name, source.Text, findings) : [])
        {
            var place = new Place("", root);
            if (root is ListNode list)
            {
                found.AddRange(list.Entries.Select((_, index) => Fields.Read(place.At(index), findings, Rule)).OfType<StateRule>());
            }
            else
            {
                findings.Error(
                    "FLD102", place, $"the file must be a list of rules, but is {root.Description}", "write - {name: NAME, header: NAME}");
            }
        }

        rules = findings.HasErrors ? [] : found;
        return findings.All;
    }

    private static StateRule? Rule(Fields fields)
    {
        var name = fields.RequiredText("name", "the account shows it");
        var endpoint = Expression(fields, "endpoint");
        var given = fields.Present([.. Sources.Select(each => each.Field)]);
        var (field, source) = Sources.FirstOrDefault(each => given.Contains(each.Field), Sources[0]);
        var key = fields.Text(field) ?? "";
        var pattern = source == StateSource.Body ? Expression(fields, field) : Expression(fields, "match");
        var places = fields.Entries("in").Count == 0 ? [] : PlacesOf(fields);
        var isIgnored = fields.Flag("ignore") == true;
        if (given.Count != 1)
        {
            fields.Findings.Error("FLD104", fields.Place, "needs exactly one of header, cookie, json and body");
            return null;
        }

        if (source == StateSource.Json && key.Length > 0 && key[0] != '/')
        {
            fields.Findings.Error("FLD104", fields.Of("json"), $"is \"{key}\", which is no JSON Pointer", "write it like /cart/items/*/id");
        }

        return new()
        {
            Name = name,
            Endpoint = endpoint,
            Source = source,
            Key = source == StateSource.Body ? "" : key,
            Pattern = pattern,
            Places = places,
            IsIgnored = isIgnored,
        };
    }

    private static List<SubstitutionPlace> PlacesOf(Fields fields)
    {
        var places = new List<SubstitutionPlace>();
        foreach (var text in fields.Texts("in"))
        {
            var at = Array.FindIndex(Places, place => SubstitutionCounters.NameOf(place) == text);
            if (at >= 0)
            {
                places.Add(Places[at]);
            }
            else
            {
                fields.Findings.Error(
                    "FLD104", fields.Of("in"), $"names \"{text}\"",
                    $"write {string.Join(", ", Places.Select(SubstitutionCounters.NameOf))}");
            }
        }

        return places;
    }

    private static Regex? Expression(Fields fields, string key)
    {
        if (fields.Text(key) is not { } text)
        {
            return null;
        }

        try
        {
            return new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            fields.Findings.Error("FLD104", fields.Of(key), $"is not a regular expression that can be used: {fault.Message}");
            return null;
        }
    }
}
