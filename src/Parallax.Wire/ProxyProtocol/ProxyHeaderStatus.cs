namespace Parallax.Wire.ProxyProtocol;

/// <summary>What the first octets of a connection are, as far as the PROXY protocol goes.</summary>
public enum ProxyHeaderStatus
{
    /// <summary>A header was read.</summary>
    Read,

    /// <summary>There is no header: these octets belong to the protocol above.</summary>
    Absent,

    /// <summary>The octets so far begin like a header; more are needed to tell.</summary>
    NeedMore,

    /// <summary>A header that breaks the rules of its version. The sender meant one, so the connection must be refused
    /// (proxy-protocol.txt §2: "the receiver must abort the connection").</summary>
    Malformed,
}
