namespace Parallax.TestKit;

/// <summary>Measures whether work grows faster than its input: what an octet costs in an input and in one that is eight
/// times as long.</summary>
/// <remarks>Measured is the processor time of the thread, so that neither other tests nor other programs count, and the least of several
/// runs, since whatever disturbs a run only makes it longer. Work must be done on the calling thread.</remarks>
public static class CostPerOctet
{
    /// <summary>How much longer the larger input is.</summary>
    public const int Factor = 8;

    /// <summary>More growth than this is not linear: caches account for some.</summary>
    public const double MaxGrowth = 2;

    // What is linear shows it in the first rounds; what is not never does.
    private const int MaxRounds = 40;

    // A clock that is read more often than that measures itself.
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(2);

    /// <summary>The cost of an octet of the larger input, in units of that of the smaller.</summary>
    /// <param name="smaller">Works on the smaller input; called many times.</param>
    /// <param name="larger">Works on one that is <see cref="Factor"/> times as long.</param>
    /// <returns>About 1 for linear work, <see cref="Factor"/> for quadratic; at most <see cref="MaxGrowth"/> as soon as it was
    /// once.</returns>
    public static double Growth(Action smaller, Action larger)
    {
        smaller();
        larger();
        var (least, leastOfLarger, growth) = (double.MaxValue, double.MaxValue, double.MaxValue);
        for (var round = 0; round < MaxRounds && growth > MaxGrowth; round++)
        {
            // As often as takes the same time when it is linear.
            least = Math.Min(least, TimeOf(smaller, Factor));
            leastOfLarger = Math.Min(leastOfLarger, TimeOf(larger, 1));
            growth = leastOfLarger / (least * Factor);
        }

        return growth;
    }

    /// <summary>The same for work on octets: those that a filler makes when it is repeated up to a length.</summary>
    /// <param name="work">Works on octets.</param>
    /// <param name="filler">What is repeated.</param>
    /// <param name="length">The length of the smaller input, in octets.</param>
    public static double Growth(Action<byte[]> work, ReadOnlySpan<byte> filler, int length)
    {
        var (smaller, larger) = (Repeat(filler, length), Repeat(filler, length * Factor));
        return Growth(() => work(smaller), () => work(larger));
    }

    /// <summary>A filler, repeated up to a length.</summary>
    public static byte[] Repeat(ReadOnlySpan<byte> filler, int length)
    {
        var octets = new byte[length];
        for (var at = 0; at < length; at += filler.Length)
        {
            filler[..Math.Min(filler.Length, length - at)].CopyTo(octets.AsSpan(at));
        }

        return octets;
    }

    // In nanoseconds for one time.
    private static double TimeOf(Action work, int times)
    {
        var began = ThreadClock.Nanoseconds;
        var done = 0;
        do
        {
            for (var time = 0; time < times; time++)
            {
                work();
            }

            done += times;
        }
        while (ThreadClock.Nanoseconds - began < Shortest.TotalNanoseconds);
        return (double)(ThreadClock.Nanoseconds - began) / done;
    }
}
