using System.Text;

namespace Parallax.Traffic.Rewriting;

/// <summary>What can be said of several edits together.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class HeaderEditLists
{
    /// <summary>True when one head can be rewritten with all of them.</summary>
    public static bool FitTogether(IEnumerable<HeaderEdit> edits) => HeadEdits.KeptOf(edits).Count <= HeadEdits.MaxOfUser;

    /// <summary>The edits as they are for one answer of our own: those whose value is empty are left out.</summary>
    /// <param name="edits">Edits of a response.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="inputs">What is another thing for each message.</param>
    /// <param name="scratch">The calling thread's.</param>
    public static IReadOnlyList<HeaderEdit> Resolve(
        IReadOnlyList<HeaderEdit> edits, int status, in HeadInputs inputs, Latin1Scratch scratch)
    {
        ArgumentNullException.ThrowIfNull(edits);
        ArgumentNullException.ThrowIfNull(scratch);
        var writer = new ValueWriter(null, default, status, inputs.Facts, scratch);
        var resolved = new List<HeaderEdit>(edits.Count);
        foreach (var edit in edits)
        {
            if (edit.Template is null)
            {
                resolved.Add(edit);
            }
            else if (writer.Render(edit.Template, inputs) is { IsEmpty: false } value)
            {
                resolved.Add(HeaderEdit.Own(edit.Kind, edit.Name, Encoding.UTF8.GetString(value)));
            }
        }

        return resolved;
    }
}
