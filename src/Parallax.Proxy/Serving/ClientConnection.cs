using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Primary;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Serving;

/// <summary>One connection of a client: the pump between its <see cref="ServerMachine"/> and its socket.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientConnection : ConnectionHandler, IExchangeClient
{
    // What a client sends after a last answer is read away for this long, so that the answer is not lost to a reset (RFC 9112 §9.6).
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    private readonly LoopContext _context;
    private readonly ServerMachine _machine;
    private readonly ClientRequest _request;
    private readonly PrimaryExchange _exchange;
    private readonly Connection _connection;
    private readonly RequestReader _requests;
    private readonly ClientShare _share;
    private readonly Action<ClientConnection> _onClosed;
    private bool _hasClientEnded;
    private BreakReason _closing;

    /// <param name="scope">What its exchanges share with others.</param>
    /// <param name="listener">Where it came in.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="policy">How requests are read.</param>
    /// <param name="onClosed">Called once it is closed.</param>
    public ClientConnection(
        ExchangeScope scope, ProxyListener listener, Connection connection, Http1Policy policy, Action<ClientConnection> onClosed)
    {
        _context = scope.Loop;
        _connection = connection;
        _onClosed = onClosed;
        Server = new ChosenServer(listener, connection);
        Addresses = new ClientAddresses(connection);
        _share = new ClientShare(_context.Owner.Memory, _context.Gate, connection, listener.IsTls);
        _machine = new ServerMachine(policy);
        _request = new ClientRequest(_context, _machine, Addresses, Server, _context.NextId());
        _exchange = new PrimaryExchange(scope, _request, this);
        _requests = new RequestReader(_context, _machine, this, _exchange);
        Room = new ClientRoom(_context, this, _request, _exchange, connection);
    }

    /// <summary>The server it was made to.</summary>
    public ChosenServer Server { get; }

    /// <summary>Requests that were answered to their end.</summary>
    public int Answered { get; private set; }

    /// <summary>The request being read.</summary>
    public ServerMachine Machine => _machine;

    /// <summary>Whose connection it is.</summary>
    public ClientAddresses Addresses { get; }

    /// <summary>False when the request at hand is the last: proxy or listener close, or make room.</summary>
    public bool TakesMore => _context.KeepsClients && !Server.Listener.IsClosed;

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

    /// <inheritdoc/>
    public bool IsCongested => _connection.IsCongested;

    /// <summary>The next request may begin when the client likes.</summary>
    public void AwaitRequest()
    {
        Waiting = ClientWaiting.Request;
        Room.Restart();
        _share.TryHold(_request.Buffer.Bytes);
        _connection.SetDeadline(TakesMore ? _context.Options.IdleTimeout : _context.Options.LastCallTime);
    }

    /// <summary>A head, or what comes before it, has begun.</summary>
    public void AwaitRestOfHead()
    {
        Waiting = ClientWaiting.RestOfHead;
        Room.Restart();
        _connection.SetDeadline(_context.Options.HeadTimeout);
    }

    /// <summary>The rest of a body is to come; the time for all of the request holds besides.</summary>
    public void AwaitRestOfBody()
    {
        Waiting = ClientWaiting.RestOfBody;
        var left = _context.Options.RequestTimeout - _request.Age;
        _connection.SetDeadline(left < _context.Options.BodyTimeout ? left : _context.Options.BodyTimeout);
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
        _context.Counters.CountRefused(status);
        RefusedRequest.Report(_context.Options.Observer, Addresses.Remote, status, reason, octets);
        WriteAnswer(new Answer { Status = status, Body = text, Connection = "close"u8, Edits = [] });
        CloseAfterAnswer(_connection);
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> octets) => _connection.Write(octets);

    /// <inheritdoc/>
    public void WriteAnswer(in Answer answer)
    {
        _context.Head.ResetWrittenCount();
        answer.Write(_context.Head);
        _connection.Write(_context.Head.WrittenSpan);
    }

    /// <inheritdoc/>
    public void Pause() => _connection.PauseReading();

    /// <inheritdoc/>
    public void Resume()
    {
        if (Waiting == ClientWaiting.RestOfBody)
        {
            AwaitRestOfBody();
        }

        _connection.ResumeReading();
    }

    /// <inheritdoc/>
    public void WaitWritable() => _connection.SetDeadline(_context.Options.WriteTimeout);

    /// <inheritdoc/>
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

    /// <inheritdoc/>
    public void EndWrites() => _connection.ShutdownWrite();

    /// <inheritdoc/>
    public void TouchTunnel() => _connection.SetDeadline(_context.Options.TunnelIdleTimeout);

    /// <inheritdoc/>
    public void OnExchangeOver(bool keepsAlive)
    {
        Answered++;
        if (!keepsAlive || _hasClientEnded)
        {
            CloseAfterAnswer(_connection);
            return;
        }

        _machine.BeginNext();
        AwaitRequest();
        _connection.ResumeReading();
    }

    /// <inheritdoc/>
    public void CutOff(bool mustReset)
    {
        if (mustReset)
        {
            _connection.Abort();
        }
        else
        {
            CloseAfterAnswer(_connection);
        }
    }

    /// <summary>No more is taken: an idle connection is closed soon, one with a request once that is answered.</summary>
    public void Drain()
    {
        if (IsEstablished && Waiting is ClientWaiting.Request && _machine.IsIdle)
        {
            _connection.SetDeadline(_context.Options.LastCallTime);
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
        _context.Counters.CountConnection();
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

        if (!_share.TryHold(_machine.HeldBytes + _request.Buffer.Bytes))
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
        else if (!_context.Options.AllowsHalfClose || !_exchange.IsActive || !_machine.IsWhole)
        {
            OnClientLeft(connection);
        }
    }

    /// <inheritdoc/>
    public override void OnEndAhead(Connection connection)
    {
        // An answer that is written already may still be wanted: its time is limited.
        if (Waiting != ClientWaiting.Tunnel && !_context.Options.AllowsHalfClose && _exchange.IsActive)
        {
            _hasClientEnded = true;
            OnClientLeft(connection);
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
        RefusedRequest.Report(_context.Counters, _context.Options.Observer, Addresses.Remote, refusal, Server.Name);
        if (IsEstablished)
        {
            _context.Counters.CountConnectionEnd();
        }

        _onClosed(this);
    }

    // There is no memory for what has come: no head is waited for, and a body cannot be sent again.
    private void HoldLess()
    {
        if (Waiting == ClientWaiting.RestOfHead)
        {
            _machine.Refuse();
            _share.TryHold(_request.Buffer.Bytes);
            Refuse(503, "no memory is left for the header section"u8, ConnectionRefusals.NameOf(ConnectionRefusal.Overload));
        }
        else if (_exchange.IsActive)
        {
            _exchange.DropBody();
            _share.TryHold(_machine.HeldBytes + _request.Buffer.Bytes);
        }
    }

    // The client is gone. Should it be there after all, a response that breaks off must not look whole.
    private void OnClientLeft(Connection connection)
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
        connection.SetDeadline(_context.Options.WriteTimeout);
        connection.CloseAfterWrites();
    }

    private void CloseAfterAnswer(Connection connection)
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
