using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>A listener of the managed loop.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ManagedListener : Listener
{
    private readonly LoopContext _context;
    private readonly Func<ManagedConnection> _newConnection;
    private readonly Socket _socket;
    private readonly ListenOptions _options;
    private readonly Func<Connection, ConnectionHandler> _accept;
    private bool _isOpen = true;

    private ManagedListener(
        LoopContext context,
        Func<ManagedConnection> newConnection,
        Socket socket,
        ListenOptions options,
        Func<Connection, ConnectionHandler> accept)
        : base((IPEndPoint)socket.LocalEndPoint!)
    {
        (_context, _newConnection) = (context, newConnection);
        _socket = socket;
        _options = options;
        _accept = accept;
        context.Loop.Members.Add(this);
        context.Begin(AcceptAsync);
    }

    public override bool IsOpen => _isOpen;

    public static ManagedListener Open(
        LoopContext context,
        Func<ManagedConnection> newConnection,
        IPEndPoint local,
        ListenOptions options,
        Func<Connection, ConnectionHandler> accept)
    {
        if (options.Inherited is not null)
        {
            throw new NotSupportedException("Sockets of a service manager are for the epoll loop.");
        }

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
            return new ManagedListener(context, newConnection, socket, options, accept);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override void Close() => Release();

    private protected override void Release()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _context.Loop.Members.Remove(this);
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
                _context.Loop.Counters.AcceptedCount++;
                _newConnection().Accept(socket, _options, _accept);
            }
        }
        catch (Exception exception) when (ManagedErrors.IsOfTransport(exception))
        {
            if (_isOpen)
            {
                _context.Loop.Counters.AcceptFailureCount++;
                _context.Loop.Timers.Schedule(_options.AcceptRetryDelay, static state => ((ManagedListener)state!).ResumeAccepting(), this);
            }
        }
    }

    private void ResumeAccepting()
    {
        if (_isOpen)
        {
            _context.Begin(AcceptAsync);
        }
    }
}
