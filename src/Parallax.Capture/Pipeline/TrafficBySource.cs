namespace Parallax.Capture.Pipeline;

/// <summary>Packets and octets of one virtual network or of one sender of mirrored packets.</summary>
/// <param name="Packets">Packets.</param>
/// <param name="Octets">Octets, tunnel headers included.</param>
public readonly record struct TrafficCount(long Packets, long Octets);

/// <summary>Counts by virtual network and by sender, for a bounded number of each: what comes after is counted under "others".</summary>
/// <remarks>Thread safety: written by the shard's thread; <see cref="Read"/> may be called by any and sees a recent state.</remarks>
/// <param name="comparer">Compares keys; strangers choose them, so its hash is keyed.</param>
internal sealed class TrafficBySource<TKey>(IEqualityComparer<TKey>? comparer = null)
    where TKey : struct, IEquatable<TKey>
{
    private const int MaxKeys = 1024;

    private readonly Dictionary<TKey, Counter> _counters = new(comparer);
    private readonly Lock _adding = new();
    private readonly Counter _others = new();
    private Counter? _last;
    private TKey _lastKey;

    public void Add(TKey key, int octets)
    {
        var counter = _last;
        if (counter is null || !key.Equals(_lastKey))
        {
            _last = counter = CounterOf(key);
            _lastKey = key;
        }

        counter.Packets++;
        counter.Octets += octets;
    }

    public IReadOnlyList<(TKey? Key, TrafficCount Count)> Read()
    {
        lock (_adding)
        {
            var read = _counters.Select(each => ((TKey?)each.Key, each.Value.Read())).ToList();
            if (_others.Packets > 0)
            {
                read.Add((null, _others.Read()));
            }

            return read;
        }
    }

    private Counter CounterOf(TKey key)
    {
        if (_counters.TryGetValue(key, out var counter))
        {
            return counter;
        }

        if (_counters.Count == MaxKeys)
        {
            return _others;
        }

        lock (_adding)
        {
            return _counters[key] = new();
        }
    }

    private sealed class Counter
    {
        public long Packets { get; set; }

        public long Octets { get; set; }

        public TrafficCount Read() => new(Packets, Octets);
    }
}
