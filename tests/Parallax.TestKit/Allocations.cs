namespace Parallax.TestKit;

/// <summary>Measures what work allocates on the calling thread.</summary>
public static class Allocations
{
    private const int MaxRounds = 5;

    /// <summary>The least of a few rounds, in bytes: the runtime allocates a little on a thread once, when it puts better code in a
    /// method's place. Work that allocates does so in every round.</summary>
    public static long LeastOf(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var least = long.MaxValue;
        for (var round = 0; round < MaxRounds && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
