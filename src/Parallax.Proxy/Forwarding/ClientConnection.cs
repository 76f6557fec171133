using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Forwarding;

/// <summary>One connection of a client: the pump between its <see cref="ServerMachine"/> and its socket.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientConnection : ConnectionHandler
{
    // What a client sends after a last answer is read away for this long, so that the answer is not lost to a reset (RFC 9112 §9.6).
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    private readonly ProxyWorker _worker;
    private readonly ServerMachine _machine;
    private readonly PrimaryExchange _exchange;
    private readonly Connection _connection;
    private readonly RequestReading _requests;
    private readonly ClientShare _share;
    private bool _hasClientEnded;
    private BreakReason _closing;

    public ClientConnection(ProxyWorker worker, ProxyListener listener, Connection connection)
    {
        _worker = worker;
        _connection = connection;
        Server = new ChosenServer(listener, connection);
        Addresses = new ClientAddresses(connection);
        _share = new ClientShare(worker.Memory, worker.Gate, connection, listener.IsTls);
        _machine = new ServerMachine(worker.RequestPolicy);
        _exchange = new PrimaryExchange(worker, this);
        _requests = new RequestReading(worker, this, _exchange);
        Room = new ClientRoom(worker, this, _exchange, connection);
        Number = worker.NextExchangeId();
        worker.OnAccepted(this);
    }

    /// <summary>The server it was made to.</summary>
    public ChosenServer Server { get; }

    /// <summary>Tells the worker's connections apart.</summary>
    public long Number { get; }

    /// <summary>Requests that were answered to their end.</summary>
    public int Answered { get; private set; }

    /// <summary>The request being read.</summary>
    public ServerMachine Machine => _machine;

    /// <summary>Whose connection it is.</summary>
    public ClientAddresses Addresses { get; }

    /// <summary>False when the request at hand is the last: proxy or listener close, or make room.</summary>
    public bool TakesMore => !_worker.IsDraining && !_worker.IsClosingIdle && !Server.Listener.IsClosed;

    /// <summary>True once what is read is thrown away.</summary>
    public bool IsLingering => Waiting == ClientWaiting.Lingering;

    /// <summary>True while the next request may begin.</summary>
    public bool AwaitsRequest => Waiting == ClientWaiting.Request;

    /// <summary>What it waits for.</summary>
    public ClientWaiting Waiting { get; private set; }

    /// <summary>True once requests can come: a TLS handshake is over, if there is to be one.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>Whether it can make room.</summary>
    public ClientRoom Room { get; }

    /// <summary>True when octets wait that the client does not take.</summary>
    public bool IsCongested => _connection.IsCongested;

    /// <summary>The next request may begin when the client likes.</summary>
    public void AwaitRequest()
    {
        Waiting = ClientWaiting.Request;
        Room.Restart();
        _share.TryHold(_exchange.HeldBytes);
        _connection.SetDeadline(TakesMore ? _worker.Options.IdleTimeout : _worker.Options.LastCallTime);
    }

    /// <summary>A head, or what comes before it, has begun.</summary>
    public void AwaitRestOfHead()
    {
        Waiting = ClientWaiting.RestOfHead;
        Room.Restart();
        _connection.SetDeadline(_worker.Options.HeadTimeout);
    }

    /// <summary>The rest of a body is to come; the time for all of the request holds besides.</summary>
    public void AwaitRestOfBody()
    {
        Waiting = ClientWaiting.RestOfBody;
        var left = _worker.Options.RequestTimeout - _exchange.Age;
        _connection.SetDeadline(left < _worker.Options.BodyTimeout ? left : _worker.Options.BodyTimeout);
    }

    /// <summary>A request has to be answered before another is read.</summary>
    public void AwaitResponse() => Waiting = ClientWaiting.Response;

    /// <summary>Answers what was not understood, and closes.</summary>
    /// <param name="status">With this.</param>
    /// <param name="text">Why, for the client.</param>
    /// <param name="reason">Why, for the access log.</param>
    /// <param name="octets">What is still there of it, from its first octet on.</param>
    public void Refuse(int status, ReadOnlySpan<byte> text, string reason, ReadOnlySpan<byte> octets = default)
    {
        _worker.Counters.CountRefused(status);
        RefusedRequest.Report(_worker.Options.Observer, Addresses.Remote, status, reason, octets);
        WriteAnswer(new Answer { Status = status, Body = text, Connection = "close"u8, Edits = [] });
        CloseBehindAnswer(_connection);
    }

    /// <summary>Has octets of a response, or of a tunnel, sent.</summary>
    public void Write(ReadOnlySpan<byte> octets) => _connection.Write(octets);

    /// <summary>Has a response of the proxy's own sent.</summary>
    public void WriteAnswer(in Answer answer)
    {
        _worker.Head.ResetWrittenCount();
        answer.Write(_worker.Head);
        _connection.Write(_worker.Head.WrittenSpan);
    }

    /// <summary>Reads nothing more for a while: the primary takes nothing.</summary>
    public void Pause() => _connection.PauseReading();

    /// <summary>Reads again.</summary>
    public void Resume()
    {
        if (Waiting == ClientWaiting.RestOfBody)
        {
            AwaitRestOfBody();
        }

        _connection.ResumeReading();
    }

    /// <summary>The response waits for the client to take what was written.</summary>
    public void WaitWritable() => _connection.SetDeadline(_worker.Options.WriteTimeout);

    /// <summary>From here on octets go in both directions and mean nothing to us.</summary>
    public void EnterTunnel()
    {
        Waiting = ClientWaiting.Tunnel;
        TouchTunnel();
        _connection.ResumeReading();
        if (_hasClientEnded)
        {
            _exchange.Tunnel.OnClientEnd();
        }
    }

    /// <summary>The primary has ended its direction of a tunnel.</summary>
    public void EndWrites() => _connection.ShutdownWrite();

    /// <summary>Something passed through the tunnel.</summary>
    public void TouchTunnel() => _connection.SetDeadline(_worker.Options.TunnelIdleTimeout);

    /// <summary>The exchange is over and the client knows it by the response.</summary>
    /// <param name="keepsAlive">True when another request may follow.</param>
    public void OnExchangeOver(bool keepsAlive)
    {
        Answered++;
        if (!keepsAlive || _hasClientEnded)
        {
            CloseBehindAnswer(_connection);
            return;
        }

        _machine.BeginNext();
        AwaitRequest();
        _connection.ResumeReading();
    }

    /// <summary>The response cannot be finished: the client must see that.</summary>
    /// <param name="mustReset">True when an orderly end would look like the response's own.</param>
    public void CutOff(bool mustReset)
    {
        if (mustReset)
        {
            _connection.Abort();
        }
        else
        {
            CloseBehindAnswer(_connection);
        }
    }

    /// <summary>No more is taken: an idle connection is closed soon, one with a request once that is answered.</summary>
    public void Drain()
    {
        if (IsEstablished && Waiting is ClientWaiting.Request && _machine.IsIdle)
        {
            _connection.SetDeadline(_worker.Options.LastCallTime);
        }
    }

    /// <summary>Closes it to make room, if it can be.</summary>
    public bool TryMakeRoom()
    {
        if (!Room.TryMake())
        {
            return false;
        }

        _share.Release();
        return true;
    }

    /// <summary>Closes it whatever goes on: the proxy's time is over.</summary>
    public void Abort()
    {
        _closing = BreakReason.Shutdown;
        _connection.Abort();
    }

    /// <inheritdoc/>
    public override void OnConnected(Connection connection)
    {
        IsEstablished = true;
        connection.SendOrder = SendOrder.Second;
        _worker.Counters.CountConnection();
        AwaitRequest();
    }

    /// <inheritdoc/>
    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
    {
        if (Waiting == ClientWaiting.Tunnel)
        {
            _exchange.Tunnel.OnClientOctets(octets);
            return octets.Length;
        }

        var consumed = Waiting == ClientWaiting.Lingering ? octets.Length : _requests.Read(connection, octets);
        if (_exchange.IsActive)
        {
            _exchange.OnReadOver();
        }

        if (!_share.TryHold(_machine.HeldBytes + _exchange.HeldBytes))
        {
            HoldLess();
        }

        return connection.IsOpen && Waiting != ClientWaiting.Lingering ? consumed : octets.Length;
    }

    /// <inheritdoc/>
    public override void OnReadEnded(Connection connection)
    {
        _hasClientEnded = true;
        if (Waiting == ClientWaiting.Tunnel)
        {
            _exchange.Tunnel.OnClientEnd();
        }
        else if (!_worker.Options.AllowsHalfClose || !_exchange.IsActive || !_machine.IsWhole)
        {
            LetGo(connection);
        }
    }

    /// <inheritdoc/>
    public override void OnEndAhead(Connection connection)
    {
        // An answer that is written already may still be wanted: its time is limited.
        if (Waiting != ClientWaiting.Tunnel && !_worker.Options.AllowsHalfClose && _exchange.IsActive)
        {
            _hasClientEnded = true;
            LetGo(connection);
        }
    }

    /// <inheritdoc/>
    public override void OnWritable(Connection connection)
    {
        if (_exchange.IsActive)
        {
            _exchange.OnClientWritable();
        }
        else if (Waiting == ClientWaiting.Request)
        {
            connection.ResumeReading();
        }
    }

    /// <inheritdoc/>
    public override void OnDeadline(Connection connection)
    {
        if (connection.IsCongested || _closing != BreakReason.None || Waiting is ClientWaiting.Tunnel or ClientWaiting.Lingering)
        {
            _closing = BreakReason.ClientStalled;
            connection.Abort();
            return;
        }

        switch (Waiting)
        {
            case ClientWaiting.RestOfHead:
                Refuse(408, "the header section stopped coming"u8, RefusedRequest.HeadTimeout);
                break;
            case ClientWaiting.RestOfBody when !connection.IsReadingPaused:
                _exchange.OnBodyTimeout();
                break;
            case ClientWaiting.Request:
                connection.Close();
                break;
        }
    }

    /// <inheritdoc/>
    public override void OnClosed(Connection connection, CloseReason reason)
    {
        var end = reason == CloseReason.LoopStopped ? BreakReason.Shutdown
            : _closing == BreakReason.None ? BreakReason.ClientGone : _closing;
        _exchange.OnClientGone(end, isInOrder: reason == CloseReason.PeerClosed);
        _exchange.Dispose();
        _share.Release();
        var isInHead = Waiting == ClientWaiting.RestOfHead && end == BreakReason.ClientGone;
        var refusal = Server.IsUnknown ? ConnectionRefusal.UnknownServerName : ConnectionRefusals.Of(reason, IsEstablished, isInHead);
        RefusedRequest.Report(_worker.Counters, _worker.Options.Observer, Addresses.Remote, refusal, Server.Name);
        if (IsEstablished)
        {
            _worker.Counters.CountConnectionEnd();
        }

        _worker.OnClosed(this);
    }

    // There is no memory for what has come: no head is waited for, and a body cannot be sent again.
    private void HoldLess()
    {
        if (Waiting == ClientWaiting.RestOfHead)
        {
            _machine.Refuse();
            _share.TryHold(_exchange.HeldBytes);
            Refuse(503, "no memory is left for the header section"u8, ConnectionRefusals.NameOf(ConnectionRefusal.Overload));
        }
        else if (_exchange.IsActive)
        {
            _exchange.ForgetBody();
            _share.TryHold(_machine.HeldBytes + _exchange.HeldBytes);
        }
    }

    // The client is gone. Should it be there after all, a response that breaks off must not look whole.
    private void LetGo(Connection connection)
    {
        var mustReset = _exchange.MustReset;
        _exchange.OnClientGone(BreakReason.ClientGone, isInOrder: true);
        if (mustReset)
        {
            connection.Abort();
        }
        else
        {
            _closing = BreakReason.ClientGone;
            CloseWhenTaken(connection);
        }
    }

    // The client has a last answer to take, and limited time for it: what is written of it may be too little to be congestion.
    private void CloseWhenTaken(Connection connection)
    {
        connection.SetDeadline(_worker.Options.WriteTimeout);
        connection.CloseAfterWrites();
    }

    private void CloseBehindAnswer(Connection connection)
    {
        // More of what the client sends may be in flight only when it was not all awaited.
        var isClean = _machine.IsWhole && !connection.IsReadingPaused;
        Waiting = ClientWaiting.Lingering;
        if (_hasClientEnded || isClean)
        {
            CloseWhenTaken(connection);
            return;
        }

        connection.SetDeadline(LingerTime);
        connection.ShutdownWrite();
        connection.ResumeReading();
    }
}
