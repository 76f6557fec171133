using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Buffers;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>A connection of the managed loop: two pumps over a socket, one that receives while the handler wants octets and one that
/// sends while there are some to send.</summary>
/// <remarks>Thread safety: belongs to the loop's thread; so does every step of the pumps.</remarks>
#pragma warning disable CA1001 // CloseTransport disposes of the socket; every connection is closed, at the latest by its loop.
internal sealed class ManagedConnection : Connection
#pragma warning restore CA1001
{
    private static readonly TimeSpan EndWatchInterval = TimeSpan.FromMilliseconds(250);

    private readonly LoopContext _context;
    private Socket? _socket;
    private IPEndPoint? _remote;
    private IPEndPoint? _local;
    private bool _isReceivePumpOn;
    private bool _isSendPumpOn;
    private bool _isReceiving;
    private bool _isEndReached;
    private LoopTimer? _endWatch;

    public ManagedConnection(IEventLoop loop, LoopContext context, ConnectionHandler handler, BufferOptions limits)
        : base(loop, context.Loop, handler, limits)
    {
        _context = context;
        State.Members.Add(this);
    }

    public override EndPoint? RemoteEndPoint => _remote;

    public override IPEndPoint? LocalEndPoint => _local;

    internal override bool IsReceiving => _isReceiving;

    public void Connect(IPEndPoint remote, ConnectOptions options)
    {
        _remote = remote;
        LimitConnecting(options.ConnectTimeout);
        _context.Begin(() => EstablishAsync(
            async () =>
            {
                _socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = options.NoDelay };
                if (options.KeepAlive is { } keepAlive)
                {
                    SilenceProbes.Ask(_socket, keepAlive);
                }

                if (options.ReceiveBufferBytes > 0)
                {
                    _socket.ReceiveBufferSize = options.ReceiveBufferBytes;
                }

                await _socket.ConnectAsync(remote);
                State.Counters.ConnectedCount += IsOpen ? 1 : 0;
            }));
    }

    /// <summary>Takes over an accepted socket.</summary>
    public void Accept(Socket socket, ListenOptions options, Func<Connection, ConnectionHandler> accept)
    {
        _socket = socket;
        _remote = Plain(socket.RemoteEndPoint);
        Adopt(accept);
        if (!IsOpen)
        {
            return;
        }

        _context.Begin(() => EstablishAsync(
            () =>
            {
                socket.NoDelay = options.NoDelay;
                if (options.KeepAlive is { } keepAlive)
                {
                    SilenceProbes.Ask(socket, keepAlive);
                }

                return Task.CompletedTask;
            }));
    }

    internal override void Receive()
    {
        if (!_isReceivePumpOn)
        {
            _isReceivePumpOn = true;
            _context.Begin(ReceiveAsync);
        }
    }

    internal override void Send()
    {
        if (!_isSendPumpOn)
        {
            _isSendPumpOn = true;
            _context.Begin(SendAsync);
        }
    }

    internal override void WatchForEnd()
    {
        _endWatch ??= new LoopTimer(State.Timers, static state => ((ManagedConnection)state!).LookForEnd(), this);
        _endWatch.Rearm(EndWatchInterval);
    }

    internal override void EndWrites()
    {
        try
        {
            _socket!.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (ManagedErrors.IsOfTransport(exception))
        {
            // The peer is gone, which receiving shows.
        }
    }

    internal override void CloseTransport(bool isAbort)
    {
        State.Members.Remove(this);
        _endWatch?.Cancel();
        if (_socket is not { } socket)
        {
            return;
        }

        if (isAbort)
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        else if (socket.Connected)
        {
            // Without the end of writes the runtime would reset a connection on which something is in flight.
            EndWrites();
        }

        socket.Dispose();
    }

    // A paused connection has no pending receive that could notice it.
    private void LookForEnd()
    {
        if (!IsReadingPaused || !IsConnected)
        {
            return;
        }

        switch (PeerEnds.Of(_socket!))
        {
            case PeerEnd.Reset:
                CloseWith(CloseReason.Reset);
                break;
            case PeerEnd.Ended:
                Inflow.OnEndAhead();
                break;
            default:
                _endWatch!.Rearm(EndWatchInterval);
                break;
        }
    }

    private static IPEndPoint? Plain(EndPoint? endPoint) => endPoint is IPEndPoint { Address.IsIPv4MappedToIPv6: true } mapped
        ? new IPEndPoint(mapped.Address.MapToIPv4(), mapped.Port)
        : endPoint as IPEndPoint;

    private async Task EstablishAsync(Func<Task> prepare)
    {
        try
        {
            // A connect on loopback completes at once; the handler hears of it later all the same, never from within the call.
            await Task.Yield();
            await prepare();
            if (IsOpen)
            {
                _local = Plain(_socket!.LocalEndPoint);
                Establish();
                Inflow.ReadLater();
            }
        }
        catch (Exception exception) when (ManagedErrors.IsOfTransport(exception))
        {
            CloseWith(ManagedErrors.ToCloseReason(exception));
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (Inflow.IsWanted && !_isEndReached)
            {
                await ReceiveOnceAsync();
            }

            // What is held after a pause is shown before the end; after that receiving begins again.
            if (Inflow.IsWanted && !Inflow.MustShowHeld)
            {
                Inflow.End();
            }
        }
        catch (Exception exception) when (ManagedErrors.IsOfTransport(exception))
        {
            CloseWith(Outflow.HasFailed ? CloseReason.Reset : ManagedErrors.ToCloseReason(exception));
        }

        _isReceivePumpOn = false;
        if (!IsOpen)
        {
            Inflow.Held.Release();
        }
    }

    private async Task ReceiveOnceAsync()
    {
        int received;
        bool wasThere;
        _isReceiving = true;
        try
        {
            var receive = _socket!.ReceiveAsync(Inflow.Held.Room());
            wasThere = receive.IsCompleted;
            received = await receive;
        }
        finally
        {
            _isReceiving = false;
        }

        _isEndReached = received == 0;
        if (received == 0 || !IsOpen)
        {
            return;
        }

        State.Counters.ReceiveCount++;
        State.Counters.ReceivedOctets += received;
        Inflow.Held.Commit(received);
        if (Inflow.IsWanted)
        {
            Inflow.OfferHeld();
        }

        if (wasThere)
        {
            // Others have their turn before the next octets that are there already.
            await Task.Yield();
        }
    }

    private async Task SendAsync()
    {
        try
        {
            while (IsConnected && Outflow.Pending.Take() is { } block)
            {
                await SendAsync(block);
            }
        }
        catch (Exception exception) when (ManagedErrors.IsOfTransport(exception))
        {
            if (IsOpen)
            {
                Outflow.Fail(ManagedErrors.ToCloseReason(exception));
            }
        }

        _isSendPumpOn = false;
        Outflow.SendLater();
    }

    private async Task SendAsync(Block block)
    {
        var length = block.Length;
        try
        {
            for (var octets = (ReadOnlyMemory<byte>)block.Octets; !octets.IsEmpty;)
            {
                octets = octets[await _socket!.SendAsync(octets)..];
            }

            State.Counters.SendCount++;
            State.Counters.SentOctets += length;
        }
        finally
        {
            State.Blocks.Return(block);
        }

        if (IsOpen)
        {
            Outflow.Pending.Sent(length);
        }
    }
}
