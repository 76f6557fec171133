namespace Parallax.Documents;

/// <summary>Collects everything that is found in the documents; nothing stops at the first error.</summary>
/// <remarks>Thread safety: none.</remarks>
public sealed class Findings
{
    /// <summary>Findings beyond this number are not kept: a file that is not what it seems must not fill the memory.</summary>
    public const int Most = 1_000;

    // The longest message of our own has half of this, names of services included.
    private const int LongestText = 1_000;

    private readonly List<Finding> _all = [];
    private readonly HashSet<Finding> _seen = [];

    /// <summary>The findings, in the order of the files and their lines.</summary>
    public IReadOnlyList<Finding> All => [.. _all
        .Index()
        .OrderBy(each => FileOrder(each.Item.Position.File))
        .ThenBy(each => each.Item.Position.Line)
        .ThenBy(each => each.Item.Position.Column)
        .ThenBy(each => each.Index)
        .Select(each => each.Item)];

    /// <summary>True when there is an error among them.</summary>
    public bool HasErrors { get; private set; }

    private readonly List<string> _files = [];

    /// <summary>Something for which the documents cannot be used.</summary>
    public void Error(string code, Place place, string message, string remedy = "") =>
        Add(code, place, message, remedy, Severity.Error);

    /// <summary>Something that is not as it seems; the documents can be used.</summary>
    public void Warning(string code, Place place, string message, string remedy = "") =>
        Add(code, place, message, remedy, Severity.Warning);

    // What is quoted from a document may be anything, but a finding is one line that can be read.
    private static string OneLine(string text)
    {
        text = text.Length <= LongestText ? text : string.Concat(text.AsSpan(0, LongestText), "…");
        return !text.Any(char.IsControl) ? text
            : string.Concat(text.Select(each => char.IsControl(each) ? $"\\u{(int)each:x4}" : each.ToString()));
    }

    private void Add(string code, Place place, string message, string remedy, Severity severity)
    {
        var finding = new Finding(code, OneLine(place.Path), place.Position, OneLine(message), OneLine(remedy), severity);
        HasErrors |= finding.Severity == Severity.Error;
        if (_all.Count < Most && _seen.Add(finding))
        {
            _all.Add(finding);
            if (!_files.Contains(finding.Position.File))
            {
                _files.Add(finding.Position.File);
            }
        }
    }

    private int FileOrder(string file) => _files.IndexOf(file);
}
