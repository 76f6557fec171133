using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>A listener of the managed loop.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ManagedListener : Listener
{
    private readonly ManagedLoop _loop;
    private readonly Socket _socket;
    private readonly ListenOptions _options;
    private readonly Func<Connection, ConnectionHandler> _accept;
    private bool _isOpen = true;

    private ManagedListener(ManagedLoop loop, Socket socket, ListenOptions options, Func<Connection, ConnectionHandler> accept)
        : base((IPEndPoint)socket.LocalEndPoint!)
    {
        _loop = loop;
        _socket = socket;
        _options = options;
        _accept = accept;
        loop.Add(this);
        loop.Begin(AcceptAsync);
    }

    public override bool IsOpen => _isOpen;

    public static ManagedListener Open(
        ManagedLoop loop, IPEndPoint local, ListenOptions options, Func<Connection, ConnectionHandler> accept)
    {
        var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (options.ReusePort)
            {
                // Outside Windows the runtime sets SO_REUSEPORT along with SO_REUSEADDR.
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            }

            if (local.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = true;
            }

            socket.Bind(local);
            socket.Listen(options.Backlog);
            return new ManagedListener(loop, socket, options, accept);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override void Close()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _loop.Remove(this);
            _socket.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (_isOpen)
            {
                var socket = await _socket.AcceptAsync();
                _loop.Counters.AcceptedCount++;
                new ManagedConnection(_loop, NoHandler.Instance, _options.Buffers).Accept(socket, _options, _accept);
            }
        }
        catch (Exception exception) when (ManagedErrors.IsOfTransport(exception))
        {
            if (_isOpen)
            {
                _loop.Counters.AcceptFailureCount++;
                _loop.Agenda.Timers.Schedule(_options.AcceptRetryDelay, static state => ((ManagedListener)state!).GoOn(), this);
            }
        }
    }

    private void GoOn()
    {
        if (_isOpen)
        {
            _loop.Begin(AcceptAsync);
        }
    }
}
