namespace Parallax.Shadows.Delivery;

/// <summary>Why a shadow request got no answer. The fault is the shadow's or the network's, never the client's.</summary>
/// <remarks>Thread safety: immutable values. The names for people and metrics are given by <see cref="FailureReasons.NameOf"/>.</remarks>
public enum FailureReason : byte
{
    /// <summary>It did not fail.</summary>
    None,

    /// <summary>Nobody listens at the target's address.</summary>
    Refused,

    /// <summary>The network knows no way to the target.</summary>
    Unreachable,

    /// <summary>No connection within <see cref="ShadowOptions.ConnectTimeout"/>.</summary>
    ConnectTimeout,

    /// <summary>The TLS handshake failed, or the certificate was not accepted.</summary>
    TlsFailed,

    /// <summary>The target reset the connection before its answer was whole.</summary>
    Reset,

    /// <summary>The target closed the connection before its answer was whole.</summary>
    ClosedEarly,

    /// <summary>No whole answer within <see cref="ShadowOptions.ResponseTimeout"/>.</summary>
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
}
