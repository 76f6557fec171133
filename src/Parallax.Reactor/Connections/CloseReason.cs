namespace Parallax.Reactor.Connections;

/// <summary>Why a connection is over; passed once, to <see cref="ConnectionHandler.OnClosed"/>.</summary>
public enum CloseReason
{
    /// <summary>We ended it: <see cref="Connection.Close"/>, <see cref="Connection.CloseAfterWrites()"/> or
    /// <see cref="Connection.Abort"/>.</summary>
    Closed,

    /// <summary>The peer ended its direction in order and ours has ended too; or it left before it sent anything of a handshake.</summary>
    PeerClosed,

    /// <summary>The peer refused the connection: nobody listens there.</summary>
    Refused,

    /// <summary>The network has no way to the peer, or lost it for longer than TCP waits.</summary>
    Unreachable,

    /// <summary>The connection, with its TLS handshake, was not established within the time allowed.</summary>
    ConnectTimedOut,

    /// <summary>The peer reset the connection, or left while octets for it were in flight.</summary>
    Reset,

    /// <summary>The TLS handshake failed or the peer's certificate was not accepted.</summary>
    TlsFailed,

    /// <summary>The handler left more octets unconsumed than <see cref="BufferOptions.MaxReadBufferBytes"/> and waits for still
    /// more.</summary>
    ReadBufferFull,

    /// <summary>This machine had no descriptor, memory or local port left for the connection.</summary>
    Exhausted,

    /// <summary>The loop stopped.</summary>
    LoopStopped,

    /// <summary>The handler threw (the loop reports the fault), or the system reported something without a name
    /// here.</summary>
    Failed,
}
