using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Accounts;

/// <summary>Why a connection ended before there was a request on it that could be answered.</summary>
public enum ConnectionRefusal : byte
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>Its PROXY protocol header is malformed, or is missing where there must be one.</summary>
    ProxyHeader,

    /// <summary>The TLS handshake failed, or was not over in time.</summary>
    TlsHandshake,

    /// <summary>The client left in the middle of a request's head.</summary>
    HeadCutOff,

    /// <summary>No server of the socket has the server name the client asks for, or it asks for none and no server takes that.</summary>
    UnknownServerName,

    /// <summary>There are as many connections of clients as there may be, and none of them was idle.</summary>
    TooMany,

    /// <summary>The client has as many connections as one may have.</summary>
    TooManyOfClient,

    /// <summary>The proxy is short of memory, see <see cref="OverloadStep.Refuse"/>.</summary>
    Overload,

    /// <summary>There were as many connections of clients as there may be, and this one's handshake, head or body was unfinished for
    /// longest, see <c>ProxyOptions.UnfinishedTime</c>.</summary>
    TooSlow,
}

/// <summary>The reasons and their stable names.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public static class ConnectionRefusals
{
    private static readonly string[] Names =
    [
        "none", "proxy-header", "tls-handshake", "head-cut-off", "unknown-server-name", "too-many", "too-many-of-client", "overload",
        "too-slow",
    ];

    /// <summary>How many reasons there are, <see cref="ConnectionRefusal.None"/> among them.</summary>
    public static int Count => Names.Length;

    /// <summary>Whether a connection that is over was refused.</summary>
    /// <param name="end">How it ended.</param>
    /// <param name="wasEstablished">True when a TLS handshake was over, or there was none to be made.</param>
    /// <param name="isInHead">True when the client ended it in the middle of a head.</param>
    internal static ConnectionRefusal Of(CloseReason end, bool wasEstablished, bool isInHead) =>
        !wasEstablished && end is CloseReason.TlsFailed or CloseReason.ConnectTimedOut ? ConnectionRefusal.TlsHandshake
        : isInHead ? ConnectionRefusal.HeadCutOff
        : ConnectionRefusal.None;

    /// <summary>The name used in the account, in metrics and in the access log; it never changes.</summary>
    public static string NameOf(ConnectionRefusal reason) => Names[(int)reason];
}
