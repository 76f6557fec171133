using System.Net;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>A connection of the epoll loop.</summary>
/// <remarks>
/// Edge-triggered watching tells of a change only, so the connection remembers what it has not used up: it is readable until a receive
/// falls short of the room it had, and blocked from the send that fell short until the kernel says writable (epoll(7), question 9).
/// Thread safety: belongs to the loop's thread.
/// </remarks>
internal sealed class EpollConnection : Connection, IEpollTarget
{
    private const uint Watched = NativeEpoll.Readable | NativeEpoll.Writable | NativeEpoll.PeerEnded | NativeEpoll.EdgeTriggered;
    private const uint Failing = NativeEpoll.Error | NativeEpoll.HungUp;
    private const uint Ending = NativeEpoll.PeerEnded | Failing;
    private const int NoSocket = -1;

    private readonly EpollLoop _loop;
    private NativeAddress _remoteAddress;
    private IPEndPoint? _remote;
    private IPEndPoint? _local;
    private int _socket = NoSocket;
    private ulong _token;
    private bool _isWatched;
    private bool _isReadable;
    private bool _isEndExpected;
    private bool _isSendBlocked;

    public EpollConnection(EpollLoop loop, ConnectionHandler handler, BufferOptions limits)
        : base(loop, loop.State, handler, limits) => _loop = loop;

    public override EndPoint? RemoteEndPoint => _remote ??= NativeAddress.Read(_remoteAddress);

    public override IPEndPoint? LocalEndPoint => _local ??= IsConnected ? NativeAddress.OfSocket(_socket) : null;

    internal override bool IsReceiving => false;

    /// <summary>Starts to connect; what fails at once is reported later in the turn like everything else.</summary>
    public unsafe void Connect(IPEndPoint remote, ConnectOptions options)
    {
        _remote = remote;
        var length = NativeAddress.Write(remote, out var address);
        var family = length == NativeAddress.Size ? NativeSocket.Ipv6 : NativeSocket.Ipv4;
        _socket = NativeSocket.Create(family, NativeSocket.Stream | NativeSocket.NonBlocking | NativeSocket.CloseOnExec, 0);
        if (_socket < 0)
        {
            CloseWith(NativeErrors.ToCloseReason(NativeErrors.Last));
            return;
        }

        if (options.NoDelay)
        {
            _ = NativeSocket.SetOption(_socket, NativeSocket.TcpLevel, NativeSocket.NoDelay, 1);
        }

        if (options.KeepAlive is { } keepAlive)
        {
            _ = SilenceProbes.TryAsk(_socket, keepAlive);
        }

        if (options.ReceiveBufferBytes > 0)
        {
            _ = NativeSocket.SetOption(_socket, NativeSocket.SocketLevel, NativeSocket.ReceiveBuffer, options.ReceiveBufferBytes);
        }

        if (NativeSocket.Connect(_socket, (byte*)&address, length) < 0
            && NativeErrors.Last is var error and not (NativeError.InProgress or NativeError.Interrupted))
        {
            CloseWith(NativeErrors.ToCloseReason(error));
            return;
        }

        LimitConnecting(options.ConnectTimeout);
        Watch();
    }

    /// <summary>Takes over an accepted socket.</summary>
    public void Accept(int socket, in NativeAddress remote, Func<Connection, ConnectionHandler> accept)
    {
        _socket = socket;
        _remoteAddress = remote;
        Adopt(accept);
        if (IsOpen)
        {
            Watch();
            Establish();
        }
    }

    public void OnEvents(uint events)
    {
        if (!IsConnected && !TryFinishConnecting(events))
        {
            return;
        }

        if ((events & (NativeEpoll.Readable | Ending)) != 0)
        {
            _isReadable = true;
            if ((events & Ending) != 0)
            {
                _isEndExpected = true;
                Inflow.OnEndAhead();
            }

            if (Inflow.IsWanted)
            {
                Receive();
            }
            else if ((events & NativeEpoll.Error) != 0)
            {
                CloseWith(PendingReason());
            }
        }

        if (_isSendBlocked && (events & NativeEpoll.Writable) != 0)
        {
            _isSendBlocked = false;
            Outflow.SendLater();
        }
    }

    internal override void Receive()
    {
        // What is held after a pause has its turn later: an event of the same batch must not tell the end before it.
        if (!_isReadable || Inflow.MustShowHeld)
        {
            return;
        }

        ref var held = ref Inflow.Held;
        var isHeldEmpty = held.IsEmpty;
        Span<byte> room = isHeldEmpty ? _loop.ReadRoom : held.Room().Span;
        var received = ReceiveInto(room);
        if (received <= 0)
        {
            OnNothingReceived((int)received);
            return;
        }

        _loop.Counters.ReceiveCount++;
        _loop.Counters.ReceivedOctets += received;
        if (received == room.Length || _isEndExpected)
        {
            Inflow.ReadLater();
        }
        else
        {
            _isReadable = false;
        }

        if (isHeldEmpty)
        {
            Inflow.Offer(room[..(int)received]);
        }
        else
        {
            held.Commit((int)received);
            Inflow.OfferHeld();
        }
    }

    internal override unsafe void Send()
    {
        ref var pending = ref Outflow.Pending;
        while (!_isSendBlocked && pending.Head is { } head)
        {
            nint sent;
            long offered = head.Length;
            if (head.Next is not null)
            {
                sent = _loop.GatheredSend.Send(_socket, head, out offered);
            }
            else
            {
                fixed (byte* octets = head.Span)
                {
                    sent = NativeSocket.Send(_socket, octets, (nuint)offered, NativeSocket.NoSignal);
                }
            }

            if (sent >= 0)
            {
                _loop.Counters.SendCount++;
                _loop.Counters.SentOctets += sent;
                _isSendBlocked = sent < offered;
                pending.Advance(sent);
            }
            else if (NativeErrors.Last is var error and not NativeError.Interrupted)
            {
                OnNothingSent(error);
            }
        }
    }

    internal override void EndWrites() => _ = NativeSocket.Shutdown(_socket, NativeSocket.ShutdownWrites);

    internal override void CloseTransport(bool isAbort)
    {
        if (_isWatched)
        {
            _loop.Targets.Remove(_token);
        }

        if (_socket >= 0)
        {
            if (isAbort)
            {
                _ = NativeSocket.ResetOnClose(_socket);
            }

            // Closing also ends the watching: nobody else holds the descriptor.
            _ = NativeSocket.Close(_socket);
            _socket = NoSocket;
        }
    }

    private void Watch()
    {
        _token = _loop.Targets.Add(this);
        _isWatched = true;
        if (!_loop.Epoll.TryWatch(_socket, Watched, _token))
        {
            CloseWith(CloseReason.Exhausted);
        }
    }

    private bool TryFinishConnecting(uint events)
    {
        if ((events & Failing) != 0)
        {
            CloseWith(PendingReason());
            return false;
        }

        if ((events & NativeEpoll.Writable) != 0)
        {
            _loop.Counters.ConnectedCount++;
            Establish();
        }

        return IsConnected;
    }

    // The error the socket met; a peer that is gone without one has reset the connection.
    private CloseReason PendingReason()
    {
        var error = NativeSocket.TakeError(_socket);
        return error == NativeError.None ? CloseReason.Reset : NativeErrors.ToCloseReason(error);
    }

    private unsafe nint ReceiveInto(Span<byte> room)
    {
        fixed (byte* octets = room)
        {
            nint received;
            do
            {
                received = NativeSocket.Receive(_socket, octets, (nuint)room.Length, 0);
            }
            while (received < 0 && NativeErrors.Last == NativeError.Interrupted);

            return received;
        }
    }

    private void OnNothingReceived(int received)
    {
        _isReadable = false;
        if (received == 0)
        {
            Inflow.End();
        }
        else if (NativeErrors.Last is var error and not NativeError.TryAgain)
        {
            CloseWith(NativeErrors.ToCloseReason(error));
        }
        else if (Outflow.HasFailed)
        {
            CloseWith(CloseReason.Reset);
        }
    }

    private void OnNothingSent(NativeError error)
    {
        if (error == NativeError.TryAgain)
        {
            _isSendBlocked = true;
            return;
        }

        _isReadable = true;
        _isEndExpected = true;
        Outflow.Fail(NativeErrors.ToCloseReason(error));
    }
}
