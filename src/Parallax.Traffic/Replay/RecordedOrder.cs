using Parallax.Traffic.Recording;
using Parallax.Wire;

namespace Parallax.Traffic.Replay;

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

    private readonly Dictionary<long, (long Last, long Lift)> _sessions = [];
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
    /// <param name="next">The time of the next entry; not known when there is none.</param>
    /// <param name="following">The latest time among the entries that follow; not known when none does.</param>
    /// <param name="session">The connection when its entries come in the order of their requests; else 0.</param>
    public Timestamp Place(Timestamp recorded, bool isConfirmed, Timestamp next, Timestamp following, long session)
    {
        var at = recorded.IsKnown ? recorded : _latest;
        if (!isConfirmed && following.IsKnown && IsFarAhead(at, following) && (!_latest.IsKnown || IsFarAhead(at, _latest)))
        {
            at = next < _latest ? _latest : next;
        }

        _latest = _latest.IsKnown && at < _latest ? _latest : at;
        return session == 0 ? at : new(InOrder(session, at.Nanoseconds));
    }

    // What would come before the request before it comes with it, and all that follow keep their distance.
    private long InOrder(long session, long at)
    {
        if (_sessions.Count >= MaxSessions)
        {
            _sessions.Clear();
        }

        var (last, lift) = _sessions.GetValueOrDefault(session, (Last: long.MinValue, Lift: 0));
        var placed = Saturated((Int128)at + lift);
        if (placed < last)
        {
            (placed, lift) = (last, Saturated((Int128)last - at));
        }

        _sessions[session] = (placed, lift);
        return placed;
    }

    private static bool IsFarAhead(Timestamp at, Timestamp of) =>
        (Int128)at.Nanoseconds - of.Nanoseconds > (Int128)Implausible.Ticks * TimeSpan.NanosecondsPerTick;

    private static long Saturated(Int128 number) => (long)Int128.Clamp(number, long.MinValue, long.MaxValue);
}
