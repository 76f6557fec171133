namespace Parallax.Wire.Flows;

/// <summary>Why a flow left its table.</summary>
public enum FlowEnd : byte
{
    /// <summary>Both ends sent FIN and everything before was seen or given up.</summary>
    Closed,

    /// <summary>One end sent RST.</summary>
    Reset,

    /// <summary>A SYN with a new sequence number began another connection with the same five-tuple.</summary>
    Replaced,

    /// <summary>No packet for <see cref="FlowLimits.IdleTimeout"/>.</summary>
    Idle,

    /// <summary>No octet within <see cref="FlowLimits.HandshakeTimeout"/>.</summary>
    HandshakeTimeout,

    /// <summary>Evicted: <see cref="FlowLimits.MaxFlows"/> was reached and this was the oldest, or there were 64 flows of different
    /// virtual networks with the same addresses and ports.</summary>
    Evicted,

    /// <summary>Evicted: what the messages of all flows hold went beyond its bound, and this one had been silent longest.</summary>
    EvictedForMemory,

    /// <summary>The capture ended.</summary>
    CaptureEnded,
}
