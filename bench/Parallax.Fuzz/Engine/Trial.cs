using Parallax.TestKit;

namespace Parallax.Fuzz.Engine;

/// <summary>Gives inputs to a target, one at a time, and says what does not hold of one: the target's own promises, its processor time, and
/// the memory it allocates.</summary>
/// <remarks>Work must be done on the calling thread. Thread safety: none.</remarks>
internal sealed class Trial(FuzzTarget target)
{
    /// <summary>What the last input came to.</summary>
    public Outcome Outcome { get; } = new();

    /// <summary>Runs the target once; null when everything holds.</summary>
    public (string Kind, string Message)? Run(byte[] input)
    {
        Outcome.Clear();
        var began = ThreadClock.Nanoseconds;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Run(input, Outcome);
        }
#pragma warning disable CA1031 // any exception is what is looked for
        catch (Exception fault)
#pragma warning restore CA1031
        {
            return ($"{fault.GetType().Name} {PlaceOf(fault)}", fault.ToString());
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var took = TimeSpan.FromTicks((ThreadClock.Nanoseconds - began) / TimeSpan.NanosecondsPerTick);
        return took > target.MaxTime ? ("time", $"takes {took.TotalSeconds:0.0} s of processor time")
            : allocated > target.MaxAllocated + (target.MaxAllocatedPerOctet * input.Length)
                ? ("memory", $"allocates {allocated:N0} bytes")
            : null;
    }

    // The first two frames: that of the check alone would make all broken promises one.
    private static string PlaceOf(Exception fault) => string.Join(" < ", (fault.StackTrace ?? "").Split('\n')
        .Where(line => line.Contains("Parallax.", StringComparison.Ordinal) && !line.Contains("Require.", StringComparison.Ordinal))
        .Take(2)
        .Select(line => line.Trim().Split('(')[0]));
}
