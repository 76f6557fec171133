using System.Numerics;
using Parallax.Traffic.Counters;

namespace Parallax.Traffic.Queues;

/// <summary>How long something took, over many times: a histogram with logarithmic buckets, each split into 64 equal parts, so that every
/// quantile is within 1 % of the truth. Twenty kilobytes, no allocation after that.</summary>
/// <remarks>Thread safety: one thread records; others may read at any time and see a moment's view.</remarks>
public sealed class LatencyHistogram
{
    // Bucket of v: below 64 it is v itself; above, 64 parts for each power of two. A part of width w starts at or above 64 w,
    // so its middle is at most 1/128 away from any value in it.
    private const int PartBits = 6;
    private const int Parts = 1 << PartBits;
    private const int LargestBits = 42; // 2^42 ns = 73 minutes
    private const long Largest = (1L << LargestBits) - 1;

    private static readonly double[] Bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private readonly long[] _buckets = new long[(LargestBits - PartBits + 1) * Parts];
    private long _count;
    private long _sum;
    private long _max;

    /// <summary>How many values were recorded.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The largest value recorded, exact, in nanoseconds; 0 when none was.</summary>
    public long MaxNanoseconds => Volatile.Read(ref _max);

    /// <summary>Records one duration.</summary>
    /// <param name="nanoseconds">Below zero counts as zero (two clocks may disagree a little), above 73 minutes as 73 minutes.</param>
    public void Record(long nanoseconds)
    {
        var value = Math.Clamp(nanoseconds, 0, Largest);
        Volatile.Write(ref _buckets[BucketOf(value)], _buckets[BucketOf(value)] + 1);
        Volatile.Write(ref _max, Math.Max(_max, value));
        Volatile.Write(ref _sum, _sum + value);
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>What both hold, in a new one.</summary>
    public static LatencyHistogram Sum(LatencyHistogram left, LatencyHistogram right)
    {
        var sum = new LatencyHistogram();
        sum.Merge(left);
        sum.Merge(right);
        return sum;
    }

    /// <summary>Adds everything <paramref name="other"/> holds.</summary>
    public void Merge(LatencyHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
        {
            _buckets[bucket] += Volatile.Read(ref other._buckets[bucket]);
        }

        _max = Math.Max(_max, other.MaxNanoseconds);
        _sum += Volatile.Read(ref other._sum);
        Volatile.Write(ref _count, _count + other.Count);
    }

    /// <summary>The duration that <paramref name="quantile"/> of the recorded values do not exceed, in nanoseconds, within 1 %.</summary>
    /// <param name="quantile">0 to 1; 0.5 is the median.</param>
    /// <returns>0 when nothing was recorded.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0 to 1, or not a number.</exception>
    public long Quantile(double quantile)
    {
        if (quantile is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(quantile), quantile, "must be 0 to 1");
        }

        var rank = Math.Max(1, (long)Math.Ceiling(quantile * Count));
        var seen = 0L;
        for (var bucket = 0; bucket < _buckets.Length; bucket++)
        {
            seen += Volatile.Read(ref _buckets[bucket]);
            if (seen >= rank)
            {
                return Math.Min(MiddleOf(bucket), MaxNanoseconds);
            }
        }

        return MaxNanoseconds;
    }

    /// <summary>The same for systems that collect metrics: in seconds, with bounds from half a millisecond to 30 s. A time within 1 % of a
    /// bound may be counted on its other side.</summary>
    /// <param name="labels">What tells it apart from others.</param>
    public MetricTimes Read(params IReadOnlyList<(string Name, string Value)> labels)
    {
        var read = new (double, long)[Bounds.Length];
        var (seen, bucket) = (0L, 0);
        for (var bound = 0; bound < Bounds.Length; bound++)
        {
            for (; bucket < _buckets.Length && MiddleOf(bucket) <= Bounds[bound] * 1e9; bucket++)
            {
                seen += Volatile.Read(ref _buckets[bucket]);
            }

            read[bound] = (Bounds[bound], seen);
        }

        for (; bucket < _buckets.Length; bucket++)
        {
            seen += Volatile.Read(ref _buckets[bucket]);
        }

        return new(read, Volatile.Read(ref _sum) / 1e9, seen, labels);
    }

    private static int BucketOf(long value)
    {
        var shift = Math.Max(0, BitOperations.Log2((ulong)value) - PartBits);
        return (shift * Parts) + (int)(value >> shift);
    }

    private static long MiddleOf(int bucket)
    {
        // Inverse of BucketOf: for shift s the part (value >> s) lies in 64..127, so the bucket lies in (s + 1) * 64 .. (s + 2) * 64 - 1.
        var shift = Math.Max(0, (bucket / Parts) - 1);
        var start = (long)(bucket - (shift * Parts)) << shift;
        return start + ((1L << shift) / 2);
    }
}
