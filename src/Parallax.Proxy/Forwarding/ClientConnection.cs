using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Forwarding;

/// <summary>One connection of a client: the pump between its <see cref="ServerMachine"/> and its socket.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ClientConnection : ConnectionHandler
{
    // What a client sends behind a last answer is read away for this long, so that the answer is not lost to a reset (RFC 9112 §9.6).
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    private readonly ProxyWorker _worker;
    private readonly ServerMachine _machine;
    private readonly PrimaryExchange _exchange;
    private readonly Connection _connection;
    private Waiting _waiting;
    private bool _isEstablished;
    private bool _hasClientEnded;
    private BreakReason _closing;

    public ClientConnection(ProxyWorker worker, ProxyListener listener, Connection connection)
    {
        _worker = worker;
        _connection = connection;
        Server = new ChosenServer(listener, connection);
        Addresses = new ClientAddresses(connection);
        _machine = new ServerMachine(worker.RequestPolicy);
        _exchange = new PrimaryExchange(worker, this);
        Number = worker.NextExchangeId();
        worker.OnAccepted(this);
    }

    // What the connection waits for; its deadline means this.
    private enum Waiting : byte
    {
        Request,
        RestOfHead,
        RestOfBody,
        Response,
        Tunnel,
        Lingering,
    }

    /// <summary>The server it was made to.</summary>
    public ChosenServer Server { get; }

    /// <summary>Tells the worker's connections apart.</summary>
    public long Number { get; }

    /// <summary>The request being read.</summary>
    public ServerMachine Machine => _machine;

    /// <summary>Whose connection it is.</summary>
    public ClientAddresses Addresses { get; }

    /// <summary>False when the request at hand is the last: proxy or listener close.</summary>
    public bool TakesMore => !_worker.IsDraining && !Server.Listener.IsClosed;

    /// <summary>True when octets wait that the client does not take.</summary>
    public bool IsCongested => _connection.IsCongested;

    /// <summary>The next request may begin when the client likes.</summary>
    public void AwaitRequest()
    {
        _waiting = Waiting.Request;
        _connection.SetDeadline(TakesMore ? _worker.Options.IdleTimeout : _worker.Options.LastCallTime);
    }

    /// <summary>A head, or what comes before it, has begun.</summary>
    public void AwaitRestOfHead()
    {
        _waiting = Waiting.RestOfHead;
        _connection.SetDeadline(_worker.Options.HeadTimeout);
    }

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
        if (_waiting == Waiting.RestOfBody)
        {
            _connection.SetDeadline(_worker.Options.BodyTimeout);
        }

        _connection.ResumeReading();
    }

    /// <summary>The response waits for the client to take what was written.</summary>
    public void WaitWritable() => _connection.SetDeadline(_worker.Options.WriteTimeout);

    /// <summary>From here on octets go in both directions and mean nothing to us.</summary>
    public void EnterTunnel()
    {
        _waiting = Waiting.Tunnel;
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
        if (!mustReset)
        {
            CloseBehindAnswer(_connection);
            return;
        }

        _connection.Abort();
    }

    /// <summary>No more is taken: an idle connection is closed soon, one with a request once that is answered.</summary>
    public void Drain()
    {
        if (_isEstablished && _waiting is Waiting.Request && _machine.IsIdle)
        {
            _connection.SetDeadline(_worker.Options.LastCallTime);
        }
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
        _isEstablished = true;
        connection.SendOrder = SendOrder.Second;
        _worker.Counters.CountConnection();
        AwaitRequest();
    }

    /// <inheritdoc/>
    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
    {
        if (_waiting == Waiting.Tunnel)
        {
            _exchange.Tunnel.OnClientOctets(octets);
            return octets.Length;
        }

        var consumed = _waiting == Waiting.Lingering ? octets.Length : ReadRequests(connection, octets);
        if (_exchange.IsActive)
        {
            _exchange.OnReadOver();
        }

        return connection.IsOpen && _waiting != Waiting.Lingering ? consumed : octets.Length;
    }

    /// <inheritdoc/>
    public override void OnReadEnded(Connection connection)
    {
        _hasClientEnded = true;
        if (_waiting == Waiting.Tunnel)
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
        if (_waiting != Waiting.Tunnel && !_worker.Options.AllowsHalfClose && _exchange.IsActive)
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
        else if (_waiting == Waiting.Request)
        {
            connection.ResumeReading();
        }
    }

    /// <inheritdoc/>
    public override void OnDeadline(Connection connection)
    {
        if (connection.IsCongested || _waiting is Waiting.Tunnel or Waiting.Lingering)
        {
            _closing = BreakReason.ClientStalled;
            connection.Abort();
            return;
        }

        switch (_waiting)
        {
            case Waiting.RestOfHead:
                Refuse(408, "the header section stopped coming"u8, RefusedRequest.HeadTimeout);
                break;
            case Waiting.RestOfBody when !connection.IsReadingPaused:
                _exchange.OnBodyTimeout();
                break;
            case Waiting.Request:
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
        var isInHead = _waiting == Waiting.RestOfHead && end == BreakReason.ClientGone;
        var refusal = Server.IsUnknown ? ConnectionRefusal.UnknownServerName : ConnectionRefusals.Of(reason, _isEstablished, isInHead);
        if (refusal != ConnectionRefusal.None)
        {
            RefusedRequest.Report(_worker.Counters, _worker.Options.Observer, Addresses.Remote, refusal, Server.Name);
        }

        if (_isEstablished)
        {
            _worker.Counters.CountConnectionEnd();
        }

        _worker.OnClosed(this);
    }

    private int ReadRequests(Connection connection, ReadOnlySpan<byte> octets)
    {
        var total = 0;
        while (connection.IsOpen && _waiting != Waiting.Lingering)
        {
            if (MustWait(connection))
            {
                if (total < octets.Length)
                {
                    connection.PauseReading();
                }

                break;
            }

            var isFirst = _machine.IsIdle;
            var met = _machine.Read(octets[total..], out var consumed);
            total += consumed;
            if (met.Kind == ReadEventKind.NeedMore)
            {
                AwaitMore(connection, consumed);
                break;
            }

            switch (met.Kind)
            {
                case ReadEventKind.Head:
                    _waiting = Waiting.Response;
                    _exchange.Begin(met.RawOctets);
                    break;
                case ReadEventKind.Body:
                    _exchange.OnRequestBody(met.RawOctets);
                    break;
                case ReadEventKind.End:
                    _waiting = Waiting.Response;
                    _exchange.OnRequestEnd();
                    break;
                default:
                    OnMalformed(isFirst ? met.RawOctets : []);
                    break;
            }
        }

        return total;
    }

    // A request without a body is read to its end before anything else; one with a body waits until somebody takes that.
    private bool MustWait(Connection connection) => _exchange.IsActive
        ? _machine.IsWhole || (_machine.HasBody && !_exchange.TakesBody)
        : connection.IsCongested;

    private void AwaitMore(Connection connection, int consumed)
    {
        if (_machine.IsInBody)
        {
            _waiting = Waiting.RestOfBody;
            connection.SetDeadline(_worker.Options.BodyTimeout);
        }
        else if (_waiting == Waiting.Request && consumed > 0 && !_machine.IsIdle)
        {
            AwaitRestOfHead();
        }
    }

    private void OnMalformed(ReadOnlySpan<byte> octets)
    {
        _worker.Counters.CountMalformed();
        var error = _machine.Error;
        if (_exchange.IsActive)
        {
            _exchange.OnRequestBroken(error.ResponseStatus(), RefusedRequest.TextOf(error));
        }
        else
        {
            Refuse(error.ResponseStatus(), RefusedRequest.TextOf(error), RefusedRequest.NameOf(error), octets);
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
            connection.CloseAfterWrites();
        }
    }

    private void CloseBehindAnswer(Connection connection)
    {
        // More of what the client sends may be under way only when it was not all awaited.
        var isClean = _machine.IsWhole && !connection.IsReadingPaused;
        _waiting = Waiting.Lingering;
        if (_hasClientEnded || isClean)
        {
            connection.CloseAfterWrites();
            return;
        }

        connection.SetDeadline(LingerTime);
        connection.ShutdownWrite();
        connection.ResumeReading();
    }
}
