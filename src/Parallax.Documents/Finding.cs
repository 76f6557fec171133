namespace Parallax.Documents;

/// <summary>How much a finding weighs.</summary>
public enum Severity
{
    /// <summary>The documents can be used; something in them is not as it seems.</summary>
    Warning,

    /// <summary>The documents cannot be used.</summary>
    Error,
}

/// <summary>Something found in the documents: what, where, and what would be right.</summary>
/// <param name="Code">What kind of finding, listed in docs/configuration.md.</param>
/// <param name="Path">The field, such as <c>spec.http[0].mirrorPercentage.value</c>; empty for a whole document or file.</param>
/// <param name="Position">Where it stands.</param>
/// <param name="Message">What is wrong, as the rest of a sentence that begins with the field.</param>
/// <param name="Remedy">What would be right; empty when the message says it.</param>
/// <param name="Severity">How much it weighs.</param>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record Finding(
    string Code, string Path, SourcePosition Position, string Message, string Remedy, Severity Severity)
{
    /// <summary><c>mirror.yaml:12:5: error FLD103: spec.http[0].mirror.host is missing (name the host that receives the
    /// copies)</c></summary>
    public override string ToString() =>
        $"{Position}: {(Severity == Severity.Error ? "error" : "warning")} {Code}: "
        + $"{(Path.Length == 0 ? "" : Path + " ")}{Message}{(Remedy.Length == 0 ? "" : $" ({Remedy})")}";
}
