using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Serving;

/// <summary>Stands in for a client's connection until what may come before HTTP and TLS is over.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class PrefaceHandler(LoopContext context, ClientConnection client) : ConnectionHandler
{
    private readonly ClientPreface _preface = new(context.Options, client.Addresses);
    private bool _hasBegun;

    /// <inheritdoc/>
    public override void OnConnected(Connection connection) => client.OnConnected(connection);

    /// <inheritdoc/>
    public override int OnPreface(Connection connection, ReadOnlySpan<byte> octets, out bool isOver)
    {
        var status = _preface.Read(octets, out var consumed);
        isOver = status == PrefaceStatus.Over;
        if (isOver)
        {
            connection.Handler = client;
        }
        else if (status == PrefaceStatus.Refused)
        {
            // Nobody has said yet that TLS is spoken.
            RefusedRequest.Report(context.Counters, context.Options.Observer, client.Addresses.Remote, ConnectionRefusal.ProxyHeader);
            connection.Abort();
        }

        return consumed;
    }

    /// <inheritdoc/>
    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
    {
        switch (_preface.Read(octets, out var consumed))
        {
            case PrefaceStatus.Over:
                if (_hasBegun)
                {
                    client.AwaitRequest();
                }

                connection.Handler = client;
                return octets.Length == consumed ? consumed : consumed + client.OnReceived(connection, octets[consumed..]);
            case PrefaceStatus.Refused:
                context.Counters.CountRefused(ConnectionRefusal.ProxyHeader);
                connection.Handler = client;
                client.Refuse(
                    400,
                    "the PROXY protocol header is missing or not valid"u8,
                    ConnectionRefusals.NameOf(ConnectionRefusal.ProxyHeader));
                return octets.Length;
            default:
                if (!_hasBegun)
                {
                    _hasBegun = true;
                    client.AwaitRestOfHead();
                }

                return consumed;
        }
    }

    /// <inheritdoc/>
    public override void OnReadEnded(Connection connection) => client.OnReadEnded(connection);

    /// <inheritdoc/>
    public override void OnDeadline(Connection connection) => client.OnDeadline(connection);

    /// <inheritdoc/>
    public override void OnClosed(Connection connection, CloseReason reason) => client.OnClosed(connection, reason);
}
