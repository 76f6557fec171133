namespace Parallax.Traffic.Counters;

/// <summary>How a counter moves.</summary>
public enum CounterKind : byte
{
    /// <summary>It only grows.</summary>
    Total,

    /// <summary>It goes up and down.</summary>
    Level,
}
