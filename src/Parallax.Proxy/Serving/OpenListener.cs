using System.Net;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Serving;

/// <summary>A listener's sockets, one for each worker that serves it.</summary>
/// <param name="address">The address as the configuration has it; what tells listeners apart over reloads.</param>
/// <param name="wanted">The address with the port, where that is known already.</param>
/// <param name="isTls">Whether TLS is spoken there.</param>
/// <remarks>Thread safety: belongs to <see cref="ProxyServer"/>; what belongs to workers is done on their loops.</remarks>
internal sealed class OpenListener(IPEndPoint address, IPEndPoint wanted, bool isTls)
{
    private readonly List<(ProxyWorker Worker, ProxyListener Listener)> _parts = [];

    /// <summary>The address as the configuration has it.</summary>
    public IPEndPoint Address { get; } = address;

    /// <summary>Whether TLS is spoken there.</summary>
    public bool IsTls => isTls;

    /// <summary>The address with the port the system chose, once the first socket is open.</summary>
    public IPEndPoint LocalEndPoint => _parts.Count > 0 && _parts[0].Listener.Socket is { } socket ? socket.LocalEndPoint : wanted;

    /// <summary>Takes over a worker's part.</summary>
    public void Add(ProxyWorker worker, ProxyListener listener) => _parts.Add((worker, listener));

    /// <summary>Requests and handshakes that begin from now on go by these.</summary>
    public void Replace(ListenerTable table, IReadOnlyList<ServerTls>? tls, Action<ProxyWorker, Action> run) =>
        _parts.ForEach(part => run(part.Worker, () => part.Listener.Replace(table, tls)));

    /// <summary>Closes the sockets.</summary>
    public void Close(Action<ProxyWorker, Action> run) => _parts.ForEach(part => run(part.Worker, () => part.Worker.Close(part.Listener)));
}
