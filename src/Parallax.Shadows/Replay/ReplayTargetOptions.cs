namespace Parallax.Shadows.Replay;

/// <summary>How a <see cref="ReplayTarget"/> sends.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ReplayTargetOptions
{
    /// <summary>Most requests offered and not over; 10,000 by default; at least 1. Beyond that they are dropped as queue-items.</summary>
    public int MaxInFlight { get; init; } = 10_000;

    /// <summary>True, the default, sends the requests of a session on one connection, each after the answer to the one before; false sends
    /// any request on any connection.</summary>
    public bool KeepsSessions { get; init; } = true;

    /// <summary>True replaces what the recorded responses issued by what the target issues instead; needs <see cref="KeepsSessions"/>.
    /// True by default.</summary>
    public bool MapsState { get; init; } = true;

    /// <summary>With <see cref="MapsState"/>: false replaces only what <see cref="StateRules"/> name. True by default.</summary>
    public bool FindsState { get; init; } = true;

    /// <summary>With <see cref="MapsState"/>: what is replaced, or left alone, besides what is found without being told. None by
    /// default.</summary>
    public IReadOnlyList<StateRule> StateRules { get; init; } = [];

    /// <summary>The program that every request goes through before it is sent; null, the default, for none. It is given the recorded
    /// responses and the target's answers, too.</summary>
    public MiddlewareOptions? Middleware { get; init; }

    /// <summary>True when the recorded responses are needed.</summary>
    public bool WantsResponses => MapsState || Middleware is not null;

    /// <summary>Most sessions whose state is remembered; 65,536 by default. The one unused longest makes room.</summary>
    public int MaxSessions { get; init; } = 65_536;

    /// <summary>Who waits for room is woken when this many requests are in flight, or fewer; half of the bound by default.</summary>
    public int? RoomAt { get; init; }
}
