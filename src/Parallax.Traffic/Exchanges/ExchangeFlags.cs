namespace Parallax.Traffic.Exchanges;

/// <summary>What was odd about an exchange.</summary>
[Flags]
public enum ExchangeFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Octets of the request were never seen.</summary>
    RequestIncomplete = 1 << 0,

    /// <summary>The request's body went beyond the limit and was cut.</summary>
    RequestTruncated = 1 << 1,

    /// <summary>Octets of the response were never seen.</summary>
    ResponseIncomplete = 1 << 2,

    /// <summary>The response's body went beyond the limit and was cut.</summary>
    ResponseTruncated = 1 << 3,

    /// <summary>The flow ended, or was given up, before a response was seen.</summary>
    NoResponse = 1 << 4,

    /// <summary>A response whose request was not seen.</summary>
    OrphanResponse = 1 << 5,

    /// <summary>Answered by 101: the flow went on in another protocol.</summary>
    Upgraded = 1 << 6,

    /// <summary>CONNECT, answered by 2xx: the flow went on as a tunnel.</summary>
    Tunnelled = 1 << 7,

    /// <summary>One or more 1xx responses came before the final one.</summary>
    InterimSeen = 1 << 8,

    /// <summary>The flow was first seen after its start.</summary>
    MidStream = 1 << 9,

    /// <summary>The flow has a gap, here or before.</summary>
    GapInFlow = 1 << 10,

    /// <summary>The capture's snap length cut octets off.</summary>
    SnapCut = 1 << 11,

    /// <summary>The response began before the request was complete.</summary>
    EarlyResponse = 1 << 12,

    /// <summary>Messages around it were lost while several may have been under way: the response may be another request's.</summary>
    PairingUncertain = 1 << 13,
}
