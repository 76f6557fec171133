using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>A connection of a simulated loop.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class SimulatedConnection : Connection, ISimulatedTarget
{
    private readonly ReadySockets _ready;
    private IPEndPoint? _remote;
    private SimulatedSocket? _socket;
    private SocketError _connectError;
    private bool _isSendBlocked;

    public SimulatedConnection(IEventLoop loop, LoopState state, ReadySockets ready, ConnectionHandler handler, BufferOptions limits)
        : base(loop, state, handler, limits)
    {
        _ready = ready;
        State.Members.Add(this);
    }

    public override EndPoint? RemoteEndPoint => _remote;

    public override IPEndPoint? LocalEndPoint => IsConnected ? _socket!.Local : null;

    internal override bool IsReceiving => false;

    /// <summary>Starts to connect; what becomes of it is seen in the next turn.</summary>
    public void Connect(SimulatedAddresses addresses, IPEndPoint remote, ConnectOptions options)
    {
        _remote = remote;
        LimitConnecting(options.ConnectTimeout);
        try
        {
            if (addresses.Connect(remote) is { } socket)
            {
                Attach(socket);
                _ready.Add(this);
            }
        }
        catch (SocketException exception)
        {
            _connectError = exception.SocketErrorCode;
            _ready.Add(this);
        }
    }

    /// <summary>Takes over an accepted socket.</summary>
    public void Accept(SimulatedSocket socket, Func<Connection, ConnectionHandler> accept)
    {
        _remote = socket.Remote;
        Attach(socket);
        Adopt(accept);
        if (IsOpen)
        {
            Establish();
            OnReady();
        }
    }

    public void OnReady()
    {
        if (!IsConnected && !TryFinishConnecting())
        {
            return;
        }

        var socket = _socket!;
        if (socket.IsPeerEnded || socket.IsReset)
        {
            Inflow.OnEndAhead();
        }

        if (Inflow.IsWanted)
        {
            Receive();
        }
        else if (socket.IsReset)
        {
            CloseWith(CloseReason.Reset);
        }

        if (_isSendBlocked)
        {
            _isSendBlocked = false;
            Outflow.SendLater();
        }
    }

    internal override void Receive()
    {
        // What is held after a pause has its turn later: the end must not come before it.
        if (Inflow.MustShowHeld)
        {
            return;
        }

        if (!TryReceive(Inflow.Held.Room().Span, out var received))
        {
            Inflow.Held.ReleaseIfEmpty();
            return;
        }

        State.Counters.ReceiveCount++;
        State.Counters.ReceivedOctets += received;
        if (_socket!.CanReceive)
        {
            Inflow.ReadLater();
        }

        Inflow.Held.Commit(received);
        Inflow.OfferHeld();
    }

    internal override void Send()
    {
        ref var pending = ref Outflow.Pending;
        while (!_isSendBlocked && pending.Head is { } head)
        {
            int sent;
            try
            {
                sent = _socket!.Send(head.Span);
            }
            catch (SocketException)
            {
                Outflow.Fail(CloseReason.Reset);
                return;
            }

            State.Counters.SendCount++;
            State.Counters.SentOctets += sent;
            _isSendBlocked = sent < head.Length;
            pending.Advance(sent);
        }
    }

    internal override void EndWrites() => _socket!.ShutdownWrites();

    internal override void CloseTransport(bool isAbort)
    {
        State.Members.Remove(this);
        _socket?.Close(isAbort);
    }

    private void Attach(SimulatedSocket socket)
    {
        _socket = socket;
        socket.Changed = () => _ready.Add(this);
    }

    private bool TryFinishConnecting()
    {
        if (!IsOpen)
        {
            return false;
        }

        if (_connectError != SocketError.Success)
        {
            CloseWith(CloseReason.Refused);
            return false;
        }

        State.Counters.ConnectedCount++;
        Establish();
        return IsConnected;
    }

    // False when nothing was received, and what that means is done.
    private bool TryReceive(Span<byte> room, out int received)
    {
        received = 0;
        try
        {
            switch (_socket!.Receive(room))
            {
                case null:
                    if (Outflow.HasFailed)
                    {
                        CloseWith(CloseReason.Reset);
                    }

                    return false;
                case 0:
                    Inflow.End();
                    return false;
                case { } count:
                    received = count;
                    return true;
            }
        }
        catch (SocketException)
        {
            CloseWith(CloseReason.Reset);
            return false;
        }
    }
}
