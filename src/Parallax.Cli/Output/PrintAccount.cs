namespace Parallax.Cli.Output;

/// <summary>Exchanges that were to be printed: printed + not matched + dropped.</summary>
/// <param name="Printed">Written to standard output.</param>
/// <param name="NotMatched">Not written, because a rule denies them or none allows them.</param>
/// <param name="Dropped">Not written, because the reader of standard output was too slow, or is gone, or writing failed.</param>
/// <param name="Fault">Why writing ended; null while it has not.</param>
internal sealed record PrintAccount(long Printed, long NotMatched, long Dropped, IOException? Fault);
