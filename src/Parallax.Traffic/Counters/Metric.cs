namespace Parallax.Traffic.Counters;

/// <summary>A number of an account at one moment, as systems that collect metrics take it.</summary>
/// <param name="Name">Lower case, words joined by underscores; without the program's name and the ending of its kind.</param>
/// <param name="Kind">How it moves.</param>
/// <param name="Help">What it counts, a sentence.</param>
/// <param name="Samples">Its values, told apart by their labels; empty when there is nothing yet to count.</param>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record Metric(string Name, CounterKind Kind, string Help, IReadOnlyList<MetricSample> Samples)
{
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
