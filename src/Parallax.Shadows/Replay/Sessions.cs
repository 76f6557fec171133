using Parallax.Recording.Entries;

namespace Parallax.Shadows.Replay;

/// <summary>The numbers by which a replay knows sessions.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class Sessions
{
    /// <summary>The same number for all entries of a recorded connection, also over files of one recorder; another one in each pass, and
    /// for each client. 0 when the recording does not tell.</summary>
    public static long NumberOf(in EntryFacts facts, int pass) => facts.Session == 0
        ? 0
        : Mix(facts.Session ^ Mix(facts.Client.GetHashCode() + ((long)pass << 32))) | 1;

    /// <summary>Spreads a number over all 64 bits: the finalizer of SplitMix64.</summary>
    public static long Mix(long number)
    {
        unchecked
        {
            var mixed = (ulong)number + 0x9E3779B97F4A7C15;
            mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return (long)(mixed ^ (mixed >> 31));
        }
    }
}
