using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Requests;

/// <summary>One worker's part of a listener: its socket, and the servers that its requests and handshakes are for.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ProxyListener(ListenerTable table, IReadOnlyList<ServerTls>? tls)
{
    /// <summary>The servers from now on; a request reads it once.</summary>
    public ListenerTable Table { get; private set; } = table;

    /// <summary>How each of the table's servers speaks TLS; null for plain text.</summary>
    public IReadOnlyList<ServerTls>? Tls { get; private set; } = tls;

    /// <summary>Whether requests come over TLS.</summary>
    public bool IsTls => Tls is not null;

    /// <summary>The socket; null before it is open.</summary>
    public Listener? Socket { get; set; }

    /// <summary>True once it is closed for good: its connections end with the request at hand.</summary>
    public bool IsClosed { get; set; }

    /// <summary>Requests and handshakes that begin from now on go by these.</summary>
    public void Replace(ListenerTable table, IReadOnlyList<ServerTls>? tls) => (Table, Tls) = (table, tls);
}
