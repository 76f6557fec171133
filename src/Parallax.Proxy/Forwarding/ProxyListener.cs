using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Forwarding;

/// <summary>One worker's part of a listener: its socket and the table its requests are looked up in.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ProxyListener(ListenerTable table)
{
    /// <summary>Whose requests are looked up here from now on; a request reads it once.</summary>
    public ListenerTable Table { get; set; } = table;

    /// <summary>Whether requests come over TLS.</summary>
    public bool IsTls { get; } = table.Config.Tls is not null;

    /// <summary>The socket; null before it is open.</summary>
    public Listener? Socket { get; set; }

    /// <summary>True once it is closed for good: its connections end with the request at hand.</summary>
    public bool IsClosed { get; set; }
}
