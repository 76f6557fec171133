namespace Parallax.Traffic.Policy;

/// <summary>What a <see cref="SessionTable"/> learns of a session.</summary>
[Flags]
public enum SessionNews : byte
{
    /// <summary>Nothing: it was known.</summary>
    None = 0,

    /// <summary>It was not known before.</summary>
    IsNew = 1,

    /// <summary>It was not known to be sampled.</summary>
    IsSampled = 2,

    /// <summary>It is not known, and there is no room for it.</summary>
    HasNoRoom = 4,
}

/// <summary>Tells the sessions apart that the mirrors of a run draw for, so that each is counted once, by whichever loop sees it first.
/// </summary>
/// <remarks>
/// An open hash table of a fixed size, 1 MiB; entries are never taken out. Hashes of two sessions may be equal: one in 10^10 runs with a
/// full table. Keys chosen to collide find no room; they cost no more time than others. Thread safety: any thread, without locks; no
/// allocation.
/// </remarks>
public sealed class SessionTable
{
    /// <summary>How many sessions can be told apart, all mirrors taken together: one counts once for each.</summary>
    public const int MaxSessions = 65_536;

    private const int SlotBits = 17;
    private const int MaxSteps = 128;
    private const ulong Sampled = 1;
    private const ulong Taken = 2;

    // Half of the slots stay free: 0. In the others the two lowest bits of the key are replaced by flags.
    private readonly ulong[] _slots = new ulong[1 << SlotBits];
    private int _count;

    /// <summary>Takes a session in.</summary>
    /// <param name="key">A hash of the session, and of the mirror.</param>
    /// <param name="isSampled">True when the mirror's share selects it.</param>
    /// <returns>What is new; every piece of news is given once, to one thread.</returns>
    public SessionNews Add(ulong key, bool isSampled)
    {
        var entry = (key & ~(Sampled | Taken)) | Taken;
        var wanted = isSampled ? entry | Sampled : entry;
        var at = (int)(key >> (64 - SlotBits));
        for (var step = 0; step < MaxSteps; step++)
        {
            ref var slot = ref _slots[(at + step) & ((1 << SlotBits) - 1)];
            var known = Volatile.Read(ref slot);
            if (known == 0)
            {
                if (!TryReserve())
                {
                    return SessionNews.HasNoRoom;
                }

                known = Interlocked.CompareExchange(ref slot, wanted, 0);
                if (known == 0)
                {
                    return isSampled ? SessionNews.IsNew | SessionNews.IsSampled : SessionNews.IsNew;
                }

                Interlocked.Decrement(ref _count);
            }

            if ((known | Sampled) == (entry | Sampled))
            {
                // All that can happen to an entry is that it becomes sampled.
                return isSampled && known == entry && Interlocked.CompareExchange(ref slot, wanted, known) == known
                    ? SessionNews.IsSampled
                    : SessionNews.None;
            }
        }

        return SessionNews.HasNoRoom;
    }

    private bool TryReserve()
    {
        if (Volatile.Read(ref _count) >= MaxSessions)
        {
            return false;
        }

        if (Interlocked.Increment(ref _count) <= MaxSessions)
        {
            return true;
        }

        Interlocked.Decrement(ref _count);
        return false;
    }
}
