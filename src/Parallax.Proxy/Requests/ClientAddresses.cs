using System.Net;
using System.Text;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.ProxyProtocol;

namespace Parallax.Proxy.Requests;

/// <summary>The two ends of a client's connection: those of its socket, or what a trusted PROXY protocol header says.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientAddresses(Connection connection)
{
    private byte[]? _text;
    private byte[]? _ownText;
    private Endpoint? _remote;

    /// <summary>The client's end; the default when it is not known.</summary>
    public Endpoint Remote => _remote ??= connection.RemoteEndPoint is IPEndPoint remote ? Endpoint.From(remote) : default;

    /// <summary>Our end of the socket; null when it is no longer known.</summary>
    public Endpoint? Local => connection.LocalEndPoint is { } local ? Endpoint.From(local) : null;

    /// <summary>The client's address as text; empty when it is not known.</summary>
    public ReadOnlySpan<byte> Text => _text ??= Remote == default ? [] : TextOf(Remote);

    /// <summary>Our own address on this connection as text; empty when it is no longer known.</summary>
    public ReadOnlySpan<byte> OwnText => _ownText ??= Local is { } local ? TextOf(local) : [];

    /// <summary>Believes a header.</summary>
    public void Believe(ProxyHeader header) => _remote = new Endpoint(header.Source, header.SourcePort);

    private static byte[] TextOf(Endpoint end) => Encoding.ASCII.GetBytes(end.Address.ToString());
}
