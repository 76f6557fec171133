using Parallax.Reactor.Connections;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Queues;

namespace Parallax.Proxy.Accounts;

/// <summary>What a proxy has done, all loops taken together.</summary>
/// <remarks>requests = Σ answered + unanswered + in flight. Thread safety: immutable.</remarks>
public sealed record ProxyAccount
{
    /// <summary>Connections of clients.</summary>
    public required long Connections { get; init; }

    /// <summary>Those of them that are open.</summary>
    public required long OpenConnections { get; init; }

    /// <summary>Requests whose head was understood.</summary>
    public required long Requests { get; init; }

    /// <summary>Requests answered, by the first digit of the status.</summary>
    public required IReadOnlyList<long> Answered { get; init; }

    /// <summary>Those of them the proxy answered itself, by the first digit of the status.</summary>
    public required IReadOnlyList<long> AnsweredHere { get; init; }

    /// <summary>The same by <see cref="LocalReason"/>.</summary>
    public required IReadOnlyList<long> AnsweredHereFor { get; init; }

    /// <summary>How long exchanges with primaries took that were answered in whole: from the request's head to the
    /// response's end.</summary>
    public LatencyHistogram Latency { get; init; } = new();

    /// <summary>Requests that ended before a response began, mostly because their client had left.</summary>
    public required long Unanswered { get; init; }

    /// <summary>Requests that ended without a whole response, by <see cref="BreakReason"/>; = <see cref="Unanswered"/> +
    /// <see cref="Broken"/>.</summary>
    public required IReadOnlyList<long> CutShortFor { get; init; }

    /// <summary>Requests not over yet.</summary>
    public required long InFlight { get; init; }

    /// <summary>Requests refused before their head was understood, by the first digit of the status; not among
    /// <see cref="Requests"/>.</summary>
    public required IReadOnlyList<long> Refused { get; init; }

    /// <summary>Connections that ended before there was a request to answer, by <see cref="ConnectionRefusal"/>.</summary>
    public required IReadOnlyList<long> ConnectionsRefusedFor { get; init; }

    /// <summary>Responses broken off.</summary>
    public required long Broken { get; init; }

    /// <summary>Requests whose head or body was malformed.</summary>
    public required long Malformed { get; init; }

    /// <summary>Connections that became tunnels.</summary>
    public required long Tunnels { get; init; }

    /// <summary>Attempts to get a response from a primary beyond the first.</summary>
    public required long Retries { get; init; }

    /// <summary>Connections made to primaries.</summary>
    public required long Connects { get; init; }

    /// <summary>Idle connections of clients closed to make room for others.</summary>
    public required long ClosedIdle { get; init; }

    /// <summary>What is taken of what is bounded for all loops together.</summary>
    public required ScarceAccount Scarce { get; init; }

    /// <summary>How late its loops were.</summary>
    public required LoopLag Lag { get; init; }

    /// <summary>Faults of the program itself; each cost one connection at most.</summary>
    public long Faults { get; init; }

    /// <summary>The mirrors.</summary>
    public required IReadOnlyList<MirrorAccount> Mirrors { get; init; }

    /// <summary>Where copies went: an account for each cluster, named after it, and one for those gone.</summary>
    public required IReadOnlyList<ShadowAccount> Shadows { get; init; }

    /// <summary>Requests the sum does not explain; 0 unless there is a bug, or requests move meanwhile.</summary>
    public long Unexplained => Requests - Answered.Sum() - Unanswered - InFlight;
}

/// <summary>What a proxy takes of what is bounded for all loops together.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ScarceAccount
{
    /// <summary>The step in force.</summary>
    public required OverloadStep Step { get; init; }

    /// <summary>How often each step began, by <see cref="OverloadStep"/>.</summary>
    public required IReadOnlyList<long> Begun { get; init; }

    /// <summary>Connections to primaries that are open or being made.</summary>
    public required long Primaries { get; init; }

    /// <summary>Connections to shadows that are open or being made.</summary>
    public required long Shadows { get; init; }

    /// <summary>Octets held for clients, in bytes.</summary>
    public required long ClientBytes { get; init; }
}
