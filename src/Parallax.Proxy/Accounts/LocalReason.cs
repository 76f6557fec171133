namespace Parallax.Proxy.Accounts;

/// <summary>Why the proxy answered a request itself. Where it did so before the request was sent, nothing was mirrored.</summary>
public enum LocalReason : byte
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>No route matches.</summary>
    NoRoute,

    /// <summary>The route redirects.</summary>
    Redirect,

    /// <summary>The route says what to answer.</summary>
    DirectResponse,

    /// <summary>A cross-origin preflight.</summary>
    Preflight,

    /// <summary>A fault injected on purpose.</summary>
    Fault,

    /// <summary>The cluster is not known or has no endpoint that may be used.</summary>
    NoEndpoint,

    /// <summary>The cluster has as many requests or connections as it may have.</summary>
    Overflow,

    /// <summary>The primary could not be reached, broke off, or sent what is not an answer.</summary>
    PrimaryFailed,

    /// <summary>The route's time was over.</summary>
    TimedOut,

    /// <summary>The request's body was malformed, too large or stopped coming.</summary>
    BodyRefused,

    /// <summary>The path is none that a server could take.</summary>
    InvalidPath,

    /// <summary>CONNECT, which is not allowed.</summary>
    TunnelRefused,

    /// <summary>The authority belongs to another server of the socket than the one the connection was made to, or the connection's server
    /// is gone after a reload.</summary>
    Misdirected,

    /// <summary>This machine had no descriptor, memory or local port for a connection to the primary.</summary>
    Exhausted,
}

/// <summary>The reasons and their stable names.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public static class LocalReasons
{
    private static readonly string[] Names =
    [
        "none", "no-route", "redirect", "direct-response", "preflight", "fault", "no-endpoint", "overflow", "primary-failed", "timed-out",
        "body-refused", "invalid-path", "tunnel-refused", "misdirected", "exhausted",
    ];

    /// <summary>How many reasons there are, <see cref="LocalReason.None"/> among them.</summary>
    public static int Count => Names.Length;

    /// <summary>The name used in the account and in metrics; it never changes.</summary>
    public static string NameOf(LocalReason reason) => Names[(int)reason];
}
