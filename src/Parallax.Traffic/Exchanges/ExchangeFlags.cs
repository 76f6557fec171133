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

    /// <summary>Messages may have been lost in front of the request or of the response, and nothing shows yet that none was: the response
    /// may be another request's. The request is as good as any, and is mirrored; the response is not to be compared with the shadow's.
    /// </summary>
    PairingUncertain = 1 << 13,
}
