using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>A listener of the epoll loop. Watched level-triggered, so that it may leave connections in the backlog for the next
/// turn.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class EpollListener : Listener, IEpollTarget
{
    private const int MaxBatch = 64;
    private const int NoSocket = -1;

    private readonly EpollLoop _loop;
    private readonly ListenOptions _options;
    private readonly Func<Connection, ConnectionHandler> _accept;
    private readonly ulong _token;
    private int _socket;

    // What others wait at, too, is left to them when the loop closes.
    private readonly bool _isShared;

    // Accepted in one turn: one, so that a single connection costs no second call to learn that there is no other; twice as many after
    // every batch that did not exhaust the backlog.
    private int _batch = 1;

    private EpollListener(EpollLoop loop, int socket, ListenOptions options, Func<Connection, ConnectionHandler> accept)
        : base(NativeAddress.OfSocket(socket)!)
    {
        _isShared = options.Inherited is not null;
        _loop = loop;
        _socket = socket;
        _options = options;
        _accept = accept;
        _token = loop.Targets.Add(this);
    }

    public override bool IsOpen => _socket != NoSocket;

    public static EpollListener Open(
        EpollLoop loop, IPEndPoint local, ListenOptions options, Func<Connection, ConnectionHandler> accept)
    {
        var socket = options.Inherited is { } inherited ? Adopt(inherited, options) : OpenSocket(local, options);
        var listener = new EpollListener(loop, socket, options, accept);
        if (!listener.TryWatch())
        {
            var error = NativeErrors.Last;
            listener.Release();
            throw NativeErrors.ToException(error);
        }

        return listener;
    }

    public override void Close()
    {
        // The kernel would reset those that wait, and they were there in time.
        for (var left = _isShared ? 0 : _options.Backlog; left > 0 && IsOpen && TryAcceptOne(); left--)
        {
        }

        Release();
    }

    public void OnEvents(uint events)
    {
        for (var left = _batch; left > 0 && IsOpen; left--)
        {
            if (!TryAcceptOne())
            {
                _batch = 1;
                return;
            }
        }

        _batch = Math.Min(_batch * 2, MaxBatch);
    }

    private protected override void Release()
    {
        if (IsOpen)
        {
            _loop.Targets.Remove(_token);
            _loop.Epoll.Unwatch(_socket);
            _ = NativeSocket.Close(_socket);
            _socket = NoSocket;
        }
    }

    private bool TryWatch() =>
        _loop.Epoll.TryWatch(_socket, NativeEpoll.Readable | (_isShared ? NativeEpoll.Exclusive : 0), _token);

    // False when there is nothing to accept now.
    private unsafe bool TryAcceptOne()
    {
        var address = default(NativeAddress);
        uint length = NativeAddress.Size;
        var socket = NativeSocket.Accept(_socket, (byte*)&address, &length, NativeSocket.NonBlocking | NativeSocket.CloseOnExec);
        if (socket >= 0)
        {
            _loop.Counters.AcceptedCount++;
            new EpollConnection(_loop, NoHandler.Instance, _options.Buffers).Accept(socket, address, _accept);
            return true;
        }

        var error = NativeErrors.Last;
        if (NativeErrors.IsExhaustion(error))
        {
            PauseAccepting();
        }

        // Everything else concerns one connection that is gone already (accept(2)): the next one may be fine.
        return !NativeErrors.IsExhaustion(error) && error != NativeError.TryAgain;
    }

    private void PauseAccepting()
    {
        _loop.Counters.AcceptFailureCount++;
        _loop.Epoll.Unwatch(_socket);
        RetryLater();
    }

    private void RetryLater() =>
        _loop.State.Timers.Schedule(_options.AcceptRetryDelay, static state => ((EpollListener)state!).ResumeAccepting(), this);

    private void ResumeAccepting()
    {
        if (IsOpen && !TryWatch())
        {
            RetryLater();
        }
    }

    private static unsafe int OpenSocket(IPEndPoint local, ListenOptions options)
    {
        var length = NativeAddress.Write(local, out var address);
        var isIpv6 = local.AddressFamily == AddressFamily.InterNetworkV6;
        var type = NativeSocket.Stream | NativeSocket.NonBlocking | NativeSocket.CloseOnExec;
        var socket = NativeSocket.Create(isIpv6 ? NativeSocket.Ipv6 : NativeSocket.Ipv4, type, 0);
        if (socket >= 0
            && NativeSocket.SetOption(socket, NativeSocket.SocketLevel, NativeSocket.ReuseAddress, 1) == 0
            && (!options.ReusePort || NativeSocket.SetOption(socket, NativeSocket.SocketLevel, NativeSocket.ReusePort, 1) == 0)
            && (!isIpv6 || NativeSocket.SetOption(socket, NativeSocket.Ipv6Level, NativeSocket.Ipv6Only, 0) == 0)
            && TrySetForAccepted(socket, options)
            && NativeSocket.Bind(socket, (byte*)&address, length) == 0
            && NativeSocket.Listen(socket, options.Backlog) == 0)
        {
            return socket;
        }

        throw Failed(socket);
    }

    // It is bound and listens already.
    private static int Adopt(InheritedSocket inherited, ListenOptions options)
    {
        var socket = InheritedSockets.Duplicate(inherited);
        var flags = NativeSocket.Control(socket, NativeSocket.GetFlags, 0);
        return NativeSocket.Control(socket, NativeSocket.SetFlags, flags | NativeSocket.NonBlocking) == 0
            && TrySetForAccepted(socket, options)
            ? socket
            : throw Failed(socket);
    }

    // Accepted sockets inherit this, which saves calls for each.
    private static bool TrySetForAccepted(int socket, ListenOptions options) =>
        (!options.NoDelay || NativeSocket.SetOption(socket, NativeSocket.TcpLevel, NativeSocket.NoDelay, 1) == 0)
        && (options.KeepAlive is not { } keepAlive || SilenceProbes.TryAsk(socket, keepAlive));

    private static SocketException Failed(int socket)
    {
        var error = NativeErrors.Last;
        _ = NativeSocket.Close(socket);
        return NativeErrors.ToException(error);
    }
}
