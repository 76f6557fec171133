namespace Parallax.Traffic.Queues;

/// <summary>How often each <see cref="DropReason"/> struck.</summary>
/// <remarks>Thread safety: any thread may count and read; a sum read while others count is a moment's view.</remarks>
public sealed class DropCounters
{
    private readonly long[] _counts = new long[DropReasons.Count];

    /// <summary>All drops together.</summary>
    public long Total
    {
        get
        {
            var total = 0L;
            for (var reason = 1; reason < _counts.Length; reason++)
            {
                total += Volatile.Read(ref _counts[reason]);
            }

            return total;
        }
    }

    /// <summary>The drops for one reason.</summary>
    public long this[DropReason reason] => Volatile.Read(ref _counts[(int)reason]);

    /// <summary>Counts <paramref name="times"/> drops; <see cref="DropReason.None"/> counts nothing.</summary>
    public void Count(DropReason reason, long times = 1)
    {
        if (reason != DropReason.None)
        {
            Interlocked.Add(ref _counts[(int)reason], times);
        }
    }

    /// <summary>The counters as they stand, indexed by <see cref="DropReason"/>.</summary>
    public long[] ToArray()
    {
        var copy = new long[_counts.Length];
        for (var reason = 0; reason < copy.Length; reason++)
        {
            copy[reason] = Volatile.Read(ref _counts[reason]);
        }

        return copy;
    }
}
