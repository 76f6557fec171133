using System.Diagnostics.Metrics;
using Parallax.Traffic.Counters;

namespace Parallax.Runs.Meters;

/// <summary>Shows the metrics of a run as instruments of a <see cref="Meter"/>, for <c>dotnet-counters</c>, OpenTelemetry and whatever else
/// listens to meters. An instrument is named <c>parallax.</c> and the metric's name; a listener that makes Prometheus' names of it comes to
/// those of <c>/stats</c>. For that reason none has a unit: such listeners append it to the name. Where a total and a level have one name,
/// that of the level ends in <c>.current</c>. Times have none: an instrument would have to be told of each.</summary>
/// <remarks>Ownership: the instruments go with <see cref="Dispose"/>. Thread safety: any thread may listen. The account is read once for
/// all instruments that are asked within <see cref="MaxAge"/>.</remarks>
public sealed class RunMeter : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Parallax";

    private readonly Meter _meter = new(Name);
    private readonly Func<IEnumerable<Metric>> _read;
    private readonly TimeProvider _clock;
    private readonly Lock _gate = new();

    // Under the gate.
    private Dictionary<(string, CounterKind), Metric> _latest;
    private long _readAt;

    /// <summary>Makes an instrument for each metric.</summary>
    /// <param name="read">Reads all metrics; called on the threads of listeners, one at a time. Must always give the same ones, whatever
    /// their samples are.</param>
    /// <param name="clock">Where time comes from.</param>
    public RunMeter(Func<IEnumerable<Metric>> read, TimeProvider clock)
    {
        (_read, _clock) = (read, clock);
        (_latest, _readAt) = (ByName(read()), clock.GetTimestamp());
        foreach (var metric in _latest.Values)
        {
            var isBoth = metric.Kind == CounterKind.Level && _latest.ContainsKey((metric.Name, CounterKind.Total));
            var (name, key) = ($"parallax.{metric.Name}{(isBoth ? ".current" : "")}", (metric.Name, metric.Kind));
            if (metric.Kind == CounterKind.Total)
            {
                _meter.CreateObservableCounter(name, () => Measure(key), unit: null, metric.Help);
            }
            else
            {
                _meter.CreateObservableUpDownCounter(name, () => Measure(key), unit: null, metric.Help);
            }
        }
    }

    /// <summary>How old a number may be: half a second.</summary>
    public static TimeSpan MaxAge { get; } = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static Dictionary<(string, CounterKind), Metric> ByName(IEnumerable<Metric> metrics) =>
        metrics.Where(metric => metric.Kind != CounterKind.Times).ToDictionary(metric => (metric.Name, metric.Kind));

    private IEnumerable<Measurement<long>> Measure((string Name, CounterKind Kind) key)
    {
        lock (_gate)
        {
            if (_clock.GetElapsedTime(_readAt) > MaxAge)
            {
                (_latest, _readAt) = (ByName(_read()), _clock.GetTimestamp());
            }

            return [.. _latest[key].Samples.Select(sample => new Measurement<long>(
                sample.Value, sample.Labels.Select(label => KeyValuePair.Create(label.Name, (object?)label.Value))))];
        }
    }
}
