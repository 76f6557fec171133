using Parallax.Traffic.Counters;

namespace Parallax.Runs.Proxying;

/// <summary>How reading the documents again ended.</summary>
internal enum ReloadResult
{
    /// <summary>What was read is in force.</summary>
    Applied,

    /// <summary>It cannot be used; what was in force stays in force.</summary>
    Refused,

    /// <summary>A reload was asked for, and the documents are what they were.</summary>
    Unchanged,
}

/// <summary>Counts reloads, and knows which configuration is in force.</summary>
/// <remarks>Thread safety: one thread counts, any may read.</remarks>
internal sealed class ReloadCounters
{
    private static readonly CounterLabels Results = CounterLabels.Of<ReloadResult>("result");

    private readonly long[] _counts = new long[Results.Count];
    private volatile string _fingerprint = "";

    /// <summary>The same as metrics.</summary>
    public IEnumerable<Metric> Metrics =>
    [
        new("config_reloads", CounterKind.Total, "Documents read again, by result.", [.. _counts.Select(
            (_, result) => new MetricSample(Volatile.Read(ref _counts[result]), [(Results.Name, Results.NameOf(result))]))]),
        new("config_info", CounterKind.Level, "1; the fingerprint of the documents in force.",
            _fingerprint.Length == 0 ? [] : [new(1, [("fingerprint", _fingerprint)])]),
    ];

    /// <summary>What the run begins with is in force.</summary>
    /// <param name="fingerprint">Empty without documents.</param>
    public void Begin(string fingerprint) => _fingerprint = fingerprint;

    /// <summary>What was read is in force.</summary>
    public void Apply(string fingerprint)
    {
        _fingerprint = fingerprint;
        Count(ReloadResult.Applied);
    }

    /// <summary>Counts a reload.</summary>
    public void Count(ReloadResult result) => Interlocked.Increment(ref _counts[(int)result]);
}
