using System.Globalization;
using System.Net.Security;
using System.Text;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Requests;

/// <summary>The server that a client's connection was made to. The TLS handshake chooses it by the name the client asks for, and the
/// connection keeps that name: after a reload the server that has it then takes over, if it would let the client in.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ChosenServer(ProxyListener listener, Connection connection)
{
    private static readonly IdnMapping Idn = new();

    private byte[] _name = [];
    private ListenerTable? _table;
    private ServerTable? _server;
    private ServerTls? _tls;
    private byte[]? _clientCertificate;

    /// <summary>Where the connection came in.</summary>
    public ProxyListener Listener => listener;

    /// <summary>The server name that the client asked for in its handshake; empty when it asked for none.</summary>
    public ReadOnlySpan<byte> Name => _name;

    /// <summary>True when a handshake was refused because no server has the name the client asked for.</summary>
    public bool IsUnknown { get; private set; }

    /// <summary>What <see cref="ForwardedCertificate"/> says of the client's certificate, which the server asked for and took; empty when
    /// there is none.</summary>
    public ReadOnlySpan<byte> ClientCertificate => _tls is not { AsksClients: true } ? []
        : _clientCertificate ??= connection.PeerCertificate is { } shown ? ForwardedCertificate.ValueOf(shown) : [];

    /// <summary>Chooses the server of a handshake that has begun.</summary>
    /// <param name="name">The name the client asks for; null or empty for none.</param>
    /// <returns>How to speak TLS; null when there is no such server.</returns>
    public SslServerAuthenticationOptions? Choose(string? name)
    {
        name = AsciiOf(name);
        _name = Encoding.UTF8.GetBytes(name);
        _table = listener.Table;
        _server = _table.ServerOf(_name);
        _tls = _server is null ? null : listener.Tls?[_server.Number];
        IsUnknown = _tls is null;
        return _tls?.For(name);
    }

    /// <summary>Looks a request up in the server's table.</summary>
    /// <returns>The hit; a misdirected one when the connection no longer has a server.</returns>
    public RouteHit Find(in RoutedRequest request)
    {
        if (_table != listener.Table)
        {
            ChooseAgain();
        }

        return _server?.Find(request) ?? RouteHit.Misdirected;
    }

    private void ChooseAgain()
    {
        _table = listener.Table;
        _server = _table.ServerOf(_name);
        if (_tls is { } before && _server is not null)
        {
            // One that was refused is judged again by what it was asked in its handshake, not by what refused it.
            var now = listener.Tls![_server.Number];
            (_server, _tls) = now.StillTakes(connection.PeerCertificate, before) ? (_server, now) : (null, before);
        }
    }

    // SslStream decodes internationalized names; certificates, authorities and documents have them encoded.
    private static string AsciiOf(string? name)
    {
        name = (name ?? "").TrimEnd('.');
        try
        {
            return Ascii.IsValid(name) ? name : Idn.GetAscii(name);
        }
        catch (ArgumentException)
        {
            return name; // no server has it, but one for all names takes it
        }
    }
}
