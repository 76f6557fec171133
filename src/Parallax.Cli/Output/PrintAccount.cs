namespace Parallax.Cli.Output;

/// <summary>Requests that were to be printed: printed + dropped.</summary>
/// <param name="Printed">Written to standard output.</param>
/// <param name="Dropped">Not written, because the reader of standard output was too slow, or is gone, or writing failed.</param>
/// <param name="Fault">Why writing ended; null while it has not.</param>
internal sealed record PrintAccount(long Printed, long Dropped, IOException? Fault);
