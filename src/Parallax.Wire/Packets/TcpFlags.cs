namespace Parallax.Wire.Packets;

/// <summary>The control bits of a TCP header (RFC 9293 §3.1), as they stand in its fourteenth octet.</summary>
[Flags]
public enum TcpFlags : byte
{
    /// <summary>No bit is set.</summary>
    None = 0,

    /// <summary>No more octets from the sender.</summary>
    Fin = 0x01,

    /// <summary>Synchronise sequence numbers.</summary>
    Syn = 0x02,

    /// <summary>Reset the connection.</summary>
    Rst = 0x04,

    /// <summary>Push.</summary>
    Psh = 0x08,

    /// <summary>The acknowledgment number is meant.</summary>
    Ack = 0x10,

    /// <summary>The urgent pointer is meant.</summary>
    Urg = 0x20,

    /// <summary>ECN echo (RFC 3168).</summary>
    Ece = 0x40,

    /// <summary>Congestion window reduced (RFC 3168).</summary>
    Cwr = 0x80,
}
