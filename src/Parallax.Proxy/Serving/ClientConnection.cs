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
    private readonly LoopContext _context;
    private readonly ServerMachine _machine;
    private readonly ClientRequest _request;
    private readonly ClientPhase _phase;
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
        _phase = new ClientPhase(_context, _request, connection);
        _exchange = new PrimaryExchange(scope, _request, this);
        _requests = new RequestReader(_context, _machine, _phase, _exchange);
        Room = new ClientRoom(_context, _phase, _machine, _request, connection);
    }

    /// <summary>The server it was made to.</summary>
    public ChosenServer Server { get; }

    /// <summary>Whose connection it is.</summary>
    public ClientAddresses Addresses { get; }

    /// <summary>False when the request at hand is the last: proxy or listener close, or make room.</summary>
    public bool TakesMore => _context.KeepsClients && !Server.Listener.IsClosed;

    /// <summary>Whether it can make room.</summary>
    public ClientRoom Room { get; }

    /// <inheritdoc/>
    public bool IsCongested => _connection.IsCongested;

    /// <summary>The next request may begin when the client likes.</summary>
    public void AwaitRequest()
    {
        _phase.AwaitRequest(TakesMore ? _context.Options.IdleTimeout : _context.Options.LastCallTime);
        _share.TryHold(_request.Buffer.Bytes);
    }

    /// <summary>A head, or what comes before it, has begun.</summary>
    public void AwaitRestOfHead() => _phase.AwaitRestOfHead();

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
        CloseAfterAnswer();
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
        if (_phase.Waiting == ClientWaiting.RestOfBody)
        {
            _phase.AwaitRestOfBody();
        }

        _connection.ResumeReading();
    }

    /// <inheritdoc/>
    public void WaitWritable() => _connection.SetDeadline(_context.Options.WriteTimeout);

    /// <inheritdoc/>
    public void EnterTunnel()
    {
        _phase.EnterTunnel();
        _connection.ResumeReading();
        if (_hasClientEnded)
        {
            _exchange.Tunnel.OnClientEnd();
        }
    }

    /// <inheritdoc/>
    public void EndWrites() => _connection.ShutdownWrite();

    /// <inheritdoc/>
    public void TouchTunnel() => _phase.TouchTunnel();

    /// <inheritdoc/>
    public void OnExchangeOver(bool keepsAlive)
    {
        Room.OnAnswered();
        if (!keepsAlive || _hasClientEnded)
        {
            CloseAfterAnswer();
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
            CloseAfterAnswer();
        }
    }

    /// <summary>No more is taken: an idle connection is closed soon, one with a request once that is answered.</summary>
    public void Drain()
    {
        if (_phase is { IsEstablished: true, AwaitsRequest: true } && _machine.IsIdle)
        {
            _connection.SetDeadline(_context.Options.LastCallTime);
        }
    }

    /// <summary>Closes it to make room, if it is idle or too slow.</summary>
    /// <returns>False when it is neither.</returns>
    public bool TryMakeRoom()
    {
        if (!_connection.IsOpen)
        {
            return false;
        }

        if (Room.IsIdle)
        {
            _context.Counters.CountClosedIdle();
        }
        else if (Room.IsTooSlow)
        {
            EndUnfinished();
        }
        else
        {
            return false;
        }

        // Its place is wanted now: there is no time to wait until the client has read an answer.
        _connection.Close();
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
        _phase.IsEstablished = true;
        connection.SendOrder = SendOrder.Second;
        _context.Counters.CountConnection();
        AwaitRequest();
    }

    /// <inheritdoc/>
    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
    {
        if (_phase.Waiting == ClientWaiting.Tunnel)
        {
            _exchange.Tunnel.OnClientOctets(octets);
            return octets.Length;
        }

        var consumed = octets.Length;
        if (!_phase.IsLingering && !_requests.TryRead(connection, octets, out consumed, out var malformed))
        {
            var error = _machine.Error;
            Refuse(error.ResponseStatus(), RefusedRequest.TextOf(error), RefusedRequest.NameOf(error), malformed);
        }

        if (_exchange.IsActive)
        {
            _exchange.OnReadOver();
        }

        if (!_share.TryHold(_machine.HeldBytes + _request.Buffer.Bytes))
        {
            HoldLess();
        }

        return connection.IsOpen && !_phase.IsLingering ? consumed : octets.Length;
    }

    /// <inheritdoc/>
    public override void OnReadEnded(Connection connection)
    {
        _hasClientEnded = true;
        if (_phase.Waiting == ClientWaiting.Tunnel)
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
        if (_phase.Waiting != ClientWaiting.Tunnel && !_context.Options.AllowsHalfClose && _exchange.IsActive)
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
        else if (_phase.Waiting == ClientWaiting.Request)
        {
            connection.ResumeReading();
        }
    }

    /// <inheritdoc/>
    public override void OnDeadline(Connection connection)
    {
        if (connection.IsCongested || _closing != BreakReason.None || _phase.Waiting is ClientWaiting.Tunnel or ClientWaiting.Lingering)
        {
            _closing = BreakReason.ClientStalled;
            connection.Abort();
            return;
        }

        switch (_phase.Waiting)
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
        var isInHead = _phase.Waiting == ClientWaiting.RestOfHead && end == BreakReason.ClientGone;
        var refusal = Server.IsUnknown ? ConnectionRefusal.UnknownServerName
            : ConnectionRefusals.Of(reason, _phase.IsEstablished, isInHead);
        RefusedRequest.Report(_context.Counters, _context.Options.Observer, Addresses.Remote, refusal, Server.Name);
        if (_phase.IsEstablished)
        {
            _context.Counters.CountConnectionEnd();
        }

        _onClosed(this);
    }

    // There is no memory for what has come: no head is waited for, and a body cannot be sent again.
    private void HoldLess()
    {
        if (_phase.Waiting == ClientWaiting.RestOfHead)
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
            _phase.CloseAfterWrites();
        }
    }

    private void EndUnfinished()
    {
        if (!_phase.IsEstablished)
        {
            RefusedRequest.Report(_context.Counters, _context.Options.Observer, Addresses.Remote, ConnectionRefusal.TooSlow, Server.Name);
            return;
        }

        _context.Counters.CountRefused(ConnectionRefusal.TooSlow);
        if (_exchange.IsActive)
        {
            _exchange.OnBodyTimeout();
        }
        else
        {
            Refuse(408, "the header section came too slowly"u8, ConnectionRefusals.NameOf(ConnectionRefusal.TooSlow));
        }

        _connection.Flush();
    }

    // More of what the client sends may be in flight only when it was not all awaited.
    private void CloseAfterAnswer() =>
        _phase.Linger(isClean: _hasClientEnded || (_machine.IsWhole && !_connection.IsReadingPaused));
}
