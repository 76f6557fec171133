namespace Parallax.Wire.Flows;

/// <summary>The bounds of one <see cref="FlowTable"/>: how much it may hold, and how long. Times are packet times.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record FlowLimits
{
    /// <summary>Flows held at once, 1 or more. 200,000 by default; a flow that has carried a request costs about 800 bytes, what is
    /// remembered of its messages included. Above it the oldest flow that never carried an octet goes first (a SYN flood harms only
    /// itself), then the oldest of all.</summary>
    public int MaxFlows { get; init; } = 200_000;

    /// <summary>Out-of-order octets held for one half, in bytes, bookkeeping included. 4 MiB by default: the receive window of a
    /// fast long connection. Above it the gap in front is given up.</summary>
    public int MaxHeldBytesPerHalf { get; init; } = 4 << 20;

    /// <summary>Out-of-order octets held for all flows of the table, in bytes, bookkeeping included. 64 MiB by default. Above it the
    /// flow that has waited longest gives up its gaps: what many flows leave open does not cost a new one its reordering.</summary>
    public long MaxHeldBytes { get; init; } = 64 << 20;

    /// <summary>A flow without a packet for this long is forgotten. 5 minutes by default, the longest common keep-alive.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A flow that has carried no octet for this long after its first SYN is forgotten. 20 s by default.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a gap may stay once the receiver has acknowledged it: it had the octets, we never will. 200 ms by default,
    /// so that a packet reordered by the mirroring network still comes in time.</summary>
    public TimeSpan AcknowledgedGapPatience { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a gap may stay when nobody acknowledged it: the sender may retransmit. 3 s by default.</summary>
    public TimeSpan GapPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a closed flow is remembered, so that its late segments find it and are not taken for another
    /// connection. 15 s by default. A new SYN ends it at once, and where room is needed closed flows go first.</summary>
    public TimeSpan ClosedLinger { get; init; } = TimeSpan.FromSeconds(15);
}
