namespace Parallax.Traffic.Counters;

/// <summary>How a counter moves.</summary>
public enum CounterKind : byte
{
    /// <summary>It only grows.</summary>
    Total,

    /// <summary>It goes up and down.</summary>
    Level,

    /// <summary>How long something took, over many times: see <see cref="MetricTimes"/>.</summary>
    Times,
}
