namespace Parallax.Traffic.Counters;

/// <summary>A number of an account at one moment, as systems that collect metrics take it.</summary>
/// <param name="Name">Lower case, words joined by underscores; without the program's name and the ending of its kind.</param>
/// <param name="Kind">How it moves.</param>
/// <param name="Help">What it counts, a sentence.</param>
/// <param name="Samples">Its values, told apart by their labels; empty when there is nothing yet to count.</param>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record Metric(string Name, CounterKind Kind, string Help, IReadOnlyList<MetricSample> Samples)
{
    /// <summary>What it holds when it is <see cref="CounterKind.Times"/>; its <see cref="Samples"/> are empty then.</summary>
    public IReadOnlyList<MetricTimes> Times { get; init; } = [];

    /// <summary>A number without labels.</summary>
    public Metric(string name, CounterKind kind, string help, long value)
        : this(name, kind, help, [new(value, [])])
    {
    }
}

/// <summary>One value of a metric.</summary>
/// <param name="Value">The value.</param>
/// <param name="Labels">What tells it apart from the others.</param>
public readonly record struct MetricSample(long Value, IReadOnlyList<(string Name, string Value)> Labels);

/// <summary>How long something took, over many times.</summary>
/// <param name="Buckets">How many took at most so many seconds; both grow.</param>
/// <param name="Seconds">All of them together.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Labels">What tells it apart from the others.</param>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record MetricTimes(
    IReadOnlyList<(double UpTo, long Count)> Buckets, double Seconds, long Count, IReadOnlyList<(string Name, string Value)> Labels);
