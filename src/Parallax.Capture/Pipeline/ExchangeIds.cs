namespace Parallax.Capture.Pipeline;

/// <summary>Numbers for exchanges, unique within a run.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public sealed class ExchangeIds
{
    private long _last;

    /// <summary>The next number, from 1.</summary>
    public long Next() => Interlocked.Increment(ref _last);
}
