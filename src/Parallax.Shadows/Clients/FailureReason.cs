using Parallax.Reactor.Connections;

namespace Parallax.Shadows.Clients;

/// <summary>Why a request got no answer. The fault is the server's or the network's.</summary>
/// <remarks>Thread safety: immutable values. The names for people and metrics are given by <see cref="FailureReasons.NameOf"/>.</remarks>
public enum FailureReason : byte
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>Nobody listens at the server's address.</summary>
    Refused,

    /// <summary>The network knows no way to the server.</summary>
    Unreachable,

    /// <summary>The connection was not established in time.</summary>
    ConnectTimeout,

    /// <summary>The TLS handshake failed, or the certificate was not accepted.</summary>
    TlsFailed,

    /// <summary>The server reset the connection before its answer was whole.</summary>
    Reset,

    /// <summary>The server closed the connection before its answer was whole.</summary>
    ClosedEarly,

    /// <summary>The answer did not come in time.</summary>
    ResponseTimeout,

    /// <summary>What came is no HTTP/1 response.</summary>
    MalformedAnswer,

    /// <summary>This machine had no descriptor, memory or local port for the connection.</summary>
    Exhausted,

    /// <summary>The connection failed in a way that has no name here.</summary>
    Other,
}

/// <summary>The reasons and their stable names.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public static class FailureReasons
{
    private static readonly string[] Names =
    [
        "none", "refused", "unreachable", "connect-timeout", "tls-failed", "reset", "closed-early", "response-timeout",
        "malformed-answer", "exhausted", "other",
    ];

    /// <summary>How many reasons there are, <see cref="FailureReason.None"/> among them.</summary>
    public static int Count => Names.Length;

    /// <summary>The name used in the account, in metrics and in the console: lower case, words joined by hyphens; it never
    /// changes.</summary>
    public static string NameOf(FailureReason reason) => Names[(int)reason];

    /// <summary>What the end of a connection means for the request on it. A pure function.</summary>
    public static FailureReason Of(CloseReason reason) => reason switch
    {
        CloseReason.Refused => FailureReason.Refused,
        CloseReason.Unreachable => FailureReason.Unreachable,
        CloseReason.ConnectTimedOut => FailureReason.ConnectTimeout,
        CloseReason.Reset => FailureReason.Reset,
        CloseReason.TlsFailed => FailureReason.TlsFailed,
        CloseReason.PeerClosed => FailureReason.ClosedEarly,
        CloseReason.Exhausted => FailureReason.Exhausted,
        _ => FailureReason.Other,
    };
}
