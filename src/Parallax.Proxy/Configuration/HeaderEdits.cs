using System.Text.RegularExpressions;
using Parallax.Traffic.Matching;

namespace Parallax.Proxy.Configuration;

/// <summary>Makes header edits of what documents say, and checks them.</summary>
internal static partial class HeaderEdits
{
    // A head is rewritten with at most 60 edits; half for the route, half for the destination and the mirror.
    private const int MostOfOneKind = 20;

    /// <summary>Adds one edit to <paramref name="edits"/>, or reports why it cannot be made.</summary>
    public static void Add(List<HeaderEdit> edits, HeaderEditKind kind, string name, string value, Place place, Findings findings)
    {
        if (EnvoyCommand().IsMatch(value))
        {
            findings.Warning("FLD105", place, $"holds \"{EnvoyCommand().Match(value).Value}\", which is not supported and sent as it is");
        }

        value = value.Replace("%%", "%", StringComparison.Ordinal);
        if (name.Length == 0)
        {
            findings.Error("FLD104", place, "names no header");
        }
        else if (edits.Count(each => each.Kind == kind) == MostOfOneKind)
        {
            findings.Error("FLD104", place, $"is one header too many; {MostOfOneKind} at most");
        }
        else if (HeaderEdit.TryParse(kind, kind == HeaderEditKind.Remove ? name : $"{name}: {value}", out var edit, out var error))
        {
            edits.Add(edit);
        }
        else
        {
            findings.Error("FLD104", place, $"cannot be done: {error}");
        }
    }

    [GeneratedRegex("%[A-Z][A-Z0-9_]*(\\([^)%]*\\))?(:\\d+)?%")]
    private static partial Regex EnvoyCommand();
}
