using Parallax.Recording.Entries;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Shadows.Replay;

/// <summary>When the entries of one recording are to be sent: their recorded times, mended where the clock that took them was wrong.
/// </summary>
/// <remarks>
/// <para>A clock that is set while a connection is open must not change the order of its requests, nor must a single damaged stamp hold a
/// replay up for hours.</para>
/// <para>Memory: a few octets for each of the last connections. Thread safety: none.</para>
/// </remarks>
internal sealed class RecordedOrder
{
    /// <summary>A time that nothing confirms and that lies so far ahead of all others around it is wrong.</summary>
    public static readonly TimeSpan Implausible = TimeSpan.FromMinutes(10);

    private const int MaxSessions = 1 << 18;

    private readonly Dictionary<long, (long Last, long Lift)> _sessions = new(KeyedNumbers.Comparer);
    private Timestamp _latest;

    /// <summary>When a request was recorded, as far as its own stamps tell: a request cannot begin after its answer.</summary>
    /// <param name="facts">The entry's facts.</param>
    /// <param name="isConfirmed">True when the response's time bears it out.</param>
    public static Timestamp RecordedAt(in EntryFacts facts, out bool isConfirmed)
    {
        var (request, response) = (facts.RequestFirst, facts.ResponseFirst);
        isConfirmed = response.IsKnown;
        return request.IsKnown && response.IsKnown && response < request ? response : facts.Begin;
    }

    /// <summary>When an entry is to be sent, on the recording's clock. To be asked in the order of the file.</summary>
    /// <param name="recorded">When it was recorded; one that is not known is that of the entry before.</param>
    /// <param name="isConfirmed">True when more than one stamp says so.</param>
    /// <param name="following">What comes after it.</param>
    /// <param name="session">The connection when its entries come in the order of their requests; else 0.</param>
    public Timestamp Place(Timestamp recorded, bool isConfirmed, in FollowingTimes following, long session)
    {
        var at = recorded.IsKnown ? recorded : _latest;
        var before = session != 0 && _sessions.TryGetValue(session, out var known) ? new Timestamp(known.Last) : _latest;

        // An exchange whose response bears it out is right, unless its own connection goes on long before it.
        if (IsLonePeak(at, before, following.Latest) && (!isConfirmed || following.NextInSession.IsKnown))
        {
            at = Later(following.NextInSession.IsKnown ? following.NextInSession : following.Next, before);
        }

        _latest = Later(_latest, at);
        return session == 0 ? at : new(InOrder(session, at.Nanoseconds));
    }

    // What would come before the request before it comes with it, and those that follow keep their distance until the clock has caught up.
    private long InOrder(long session, long at)
    {
        if (_sessions.Count >= MaxSessions)
        {
            _sessions.Clear();
        }

        var (last, lift) = _sessions.GetValueOrDefault(session, (Last: long.MinValue, Lift: 0));
        lift = at >= last ? 0 : lift;
        var placed = Saturated((Int128)at + lift);
        if (placed < last)
        {
            (placed, lift) = (last, Saturated((Int128)last - at));
        }

        _sessions[session] = (placed, lift);
        return placed;
    }

    // Far ahead of what comes before and of what comes after it.
    private static bool IsLonePeak(Timestamp at, Timestamp before, Timestamp after) =>
        after.IsKnown && IsFarAhead(at, after) && (!before.IsKnown || IsFarAhead(at, before));

    private static Timestamp Later(Timestamp one, Timestamp other) => one.IsKnown && other < one ? one : other;

    private static bool IsFarAhead(Timestamp at, Timestamp of) =>
        (Int128)at.Nanoseconds - of.Nanoseconds > (Int128)Implausible.Ticks * TimeSpan.NanosecondsPerTick;

    private static long Saturated(Int128 number) => (long)Int128.Clamp(number, long.MinValue, long.MaxValue);
}

/// <summary>The times of the entries that follow upon one, as far as they have been read.</summary>
/// <param name="Next">That of the next one; not known when there is none.</param>
/// <param name="Latest">The latest of them.</param>
/// <param name="NextInSession">That of the next one of the same connection, where those come in order.</param>
internal readonly record struct FollowingTimes(Timestamp Next, Timestamp Latest, Timestamp NextInSession);
