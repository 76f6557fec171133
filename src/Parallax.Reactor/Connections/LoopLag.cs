namespace Parallax.Reactor.Connections;

/// <summary>How late the turns of a loop began: how long a timer was due by then, or how long the turn before held up what came meanwhile,
/// whichever is longer.</summary>
/// <remarks>A turn that nothing waited for counts as not late. A loop that waits for a timer wakes up to a millisecond after it, so what
/// is below that says nothing. Thread safety: written by the loop's thread alone; read from any thread, each value for itself.</remarks>
public sealed class LoopLag
{
    private static readonly long[] Ends =
        [500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
            1_000_000_000, 2_500_000_000, 5_000_000_000, 10_000_000_000];

    private readonly long[] _turns = new long[Ends.Length + 1];
    private long _nanoseconds;

    internal LoopLag()
    {
    }

    /// <summary>The ends of the ranges that turns are counted in, in nanoseconds; growing.</summary>
    public static IReadOnlyList<long> Bounds => Ends;

    /// <summary>How late all turns were together, in nanoseconds.</summary>
    public long Nanoseconds => Volatile.Read(ref _nanoseconds);

    /// <summary>The turns of each range: those up to each of the <see cref="Bounds"/> and above the one before, and last those above
    /// all.</summary>
    public IReadOnlyList<long> Turns
    {
        get
        {
            var turns = new long[_turns.Length];
            for (var range = 0; range < turns.Length; range++)
            {
                turns[range] = Volatile.Read(ref _turns[range]);
            }

            return turns;
        }
    }

    /// <summary>Several loops as one.</summary>
    public static LoopLag Sum(IEnumerable<LoopLag> loops)
    {
        ArgumentNullException.ThrowIfNull(loops);
        var sum = new LoopLag();
        foreach (var loop in loops)
        {
            sum._nanoseconds += loop.Nanoseconds;
            foreach (var (range, turns) in loop.Turns.Index())
            {
                sum._turns[range] += turns;
            }
        }

        return sum;
    }

    internal void Record(long nanoseconds)
    {
        var range = 0;
        while (range < Ends.Length && nanoseconds > Ends[range])
        {
            range++;
        }

        Volatile.Write(ref _turns[range], _turns[range] + 1);
        Volatile.Write(ref _nanoseconds, _nanoseconds + nanoseconds);
    }
}
