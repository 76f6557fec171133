namespace Parallax.Documents;

/// <summary>Something in a document that is no YAML, or more than is read.</summary>
public sealed record YamlComplaint(string Code, Place Place, string Message);

/// <summary>A document as it was read, and what is wrong with it as YAML. Whose fault that is depends on its kind: nobody looks into
/// documents that are skipped.</summary>
/// <param name="Root">Its root; null when it cannot be read.</param>
/// <param name="Text">Its text.</param>
/// <param name="Complaints">What is wrong with it; never empty without a root.</param>
public sealed record DocumentText(DocumentNode? Root, string Text, IReadOnlyList<YamlComplaint> Complaints)
{
    /// <summary>Reports all that is wrong with it.</summary>
    public void Report(Findings findings)
    {
        foreach (var complaint in Complaints)
        {
            findings.Error(complaint.Code, complaint.Place, complaint.Message);
        }
    }
}
