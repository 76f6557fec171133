namespace Parallax.Proxy.Accounts;

/// <summary>Why a request ended without a whole response.</summary>
public enum BreakReason : byte
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>The client closed or reset its connection.</summary>
    ClientGone,

    /// <summary>The client took nothing of the response for too long.</summary>
    ClientStalled,

    /// <summary>The client's body was malformed, too large or stopped coming after the response had begun.</summary>
    BodyRefused,

    /// <summary>The primary broke off, or what it sent stopped being HTTP.</summary>
    PrimaryFailed,

    /// <summary>The route's time was over.</summary>
    TimedOut,

    /// <summary>The proxy stopped, and the time for open requests was over.</summary>
    Shutdown,
}

/// <summary>The reasons and their stable names.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public static class BreakReasons
{
    private static readonly string[] Names =
        ["none", "client-gone", "client-stalled", "body-refused", "primary-failed", "timed-out", "shutdown"];

    /// <summary>How many reasons there are, <see cref="BreakReason.None"/> among them.</summary>
    public static int Count => Names.Length;

    /// <summary>The name used in the account, in metrics and in the access log; it never changes.</summary>
    public static string NameOf(BreakReason reason) => Names[(int)reason];
}
