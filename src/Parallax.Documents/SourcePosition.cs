namespace Parallax.Documents;

/// <summary>Where something was written.</summary>
/// <param name="File">The file as it was named to us, <c>-</c> for standard input.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public readonly record struct SourcePosition(string File, int Line, int Column)
{
    /// <summary><c>mirror.yaml:12:5</c></summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}");
}
