using Parallax.Traffic.Queues;

namespace Parallax.Cli.Demo;

/// <summary>What a version of the shop has answered, as it knows itself: its access log, summed up.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class AnswerLog
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Endpoint> _endpoints = new(StringComparer.Ordinal);

    /// <summary>All answers.</summary>
    public long Total => CountOf(_ => true);

    /// <summary>Answers whose status begins with <paramref name="digit"/>.</summary>
    public long OfClass(int digit) => CountOf(status => status / 100 == digit);

    /// <summary>Names of the endpoints that were asked for.</summary>
    public IReadOnlyList<string> Endpoints
    {
        get
        {
            lock (_lock)
            {
                return [.. _endpoints.Keys];
            }
        }
    }

    public void Count(string endpoint, int status, TimeSpan time)
    {
        lock (_lock)
        {
            if (!_endpoints.TryGetValue(endpoint, out var counted))
            {
                _endpoints.Add(endpoint, counted = new());
            }

            counted.ByStatus[status] = counted.ByStatus.GetValueOrDefault(status) + 1;
            counted.Time.Record(time.Ticks * TimeSpan.NanosecondsPerTick);
        }
    }

    /// <summary>The answers of one endpoint by status, and the median time to make them, in nanoseconds.</summary>
    public (IReadOnlyList<(int Status, long Count)> ByStatus, long Median) Of(string endpoint)
    {
        lock (_lock)
        {
            return _endpoints.TryGetValue(endpoint, out var counted)
                ? ([.. counted.ByStatus.Select(each => (each.Key, each.Value))], counted.Time.Quantile(0.5))
                : ([], 0);
        }
    }

    private long CountOf(Func<int, bool> isCounted)
    {
        lock (_lock)
        {
            return _endpoints.Values.Sum(endpoint => endpoint.ByStatus.Where(each => isCounted(each.Key)).Sum(each => each.Value));
        }
    }

    private sealed class Endpoint
    {
        public SortedDictionary<int, long> ByStatus { get; } = [];

        public LatencyHistogram Time { get; } = new();
    }
}
