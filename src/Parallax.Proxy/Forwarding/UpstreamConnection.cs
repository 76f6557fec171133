using System.Net;
using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Forwarding;

/// <summary>One connection to an endpoint of the primary: the pump between its <see cref="ResponseReader"/> and its socket.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class UpstreamConnection(UpstreamPool pool, Http1Policy policy) : ConnectionHandler
{
    // What was written for a client that has left may take so long to be sent.
    private static readonly TimeSpan LastOctetsTime = TimeSpan.FromSeconds(5);

    private readonly ResponseReader _machine = new(policy);
    private Connection? _connection;
    private PrimaryExchange? _exchange;
    private bool _isTunnel;
    private bool _hasTryTimeout;
    private bool _isLeft;

    /// <summary>Whose connection it is.</summary>
    public UpstreamPool Pool => pool;

    /// <summary>Requests it was given.</summary>
    public int Requests { get; private set; }

    /// <summary>True when it is established, open and carries no request.</summary>
    public bool IsIdle => _exchange is null && !_isLeft && _connection is { IsConnected: true };

    /// <summary>True when a request was answered on it before the one at hand.</summary>
    public bool WasUsed => Requests > 1;

    /// <summary>True once it was established.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>True once any octet of the response at hand came.</summary>
    public bool HasResponseBegun => _machine.HasBegun;

    /// <summary>True when octets wait that the primary does not take.</summary>
    public bool IsCongested => _connection!.IsCongested;

    /// <summary>The response's head.</summary>
    public MessageHead Head => _machine.Head;

    /// <summary>How the response's body ends.</summary>
    public BodyFraming BodyFraming => _machine.BodyFraming;

    /// <summary>Starts to connect.</summary>
    public void Connect(IEventLoop loop, IPEndPoint address, ConnectOptions options) => _connection = loop.Connect(address, this, options);

    /// <summary>Gives it a request: what is written from now on is that request.</summary>
    /// <param name="exchange">Told of everything that happens, until it lets go.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="timeout">How long the response may take to begin; null for as long as it likes.</param>
    public void Begin(PrimaryExchange exchange, KnownMethod method, TimeSpan? timeout)
    {
        _exchange = exchange;
        Requests++;
        _machine.Begin(method);
        _hasTryTimeout = timeout is not null;
        if (timeout is { } due)
        {
            _connection!.SetDeadline(due);
        }
    }

    /// <summary>Has octets of the request, or of the tunnel, sent.</summary>
    public void Write(ReadOnlySpan<byte> octets) => _connection!.Write(octets);

    /// <summary>Sends no more: the client has ended its direction of a tunnel.</summary>
    public void EndWrites() => _connection!.ShutdownWrite();

    /// <summary>Receives no more for a while: the client is slow.</summary>
    public void Pause() => _connection!.PauseReading();

    /// <summary>Receives again.</summary>
    public void Resume() => _connection!.ResumeReading();

    /// <summary>The exchange is over, in order: the connection can be used again or is closed.</summary>
    /// <param name="isRequestWhole">True when the request was sent to its end.</param>
    public void Release(bool isRequestWhole)
    {
        _exchange = null;
        if (isRequestWhole && _machine.IsReusable && _connection!.IsConnected)
        {
            pool.OnIdle(this);
        }
        else
        {
            _connection!.Close();
        }
    }

    /// <summary>The exchange wants nothing more of it: it is closed, with a reset when a request or response is cut off by that.</summary>
    public void Abandon()
    {
        _exchange = null;
        _connection!.Abort();
    }

    /// <summary>The client is gone and nobody wants an answer any longer: the primary gets what was written for it, and then learns that it
    /// was the last. It is what it would have seen of the client itself.</summary>
    public void Leave()
    {
        _exchange = null;
        _isLeft = true;
        _connection!.SetDeadline(LastOctetsTime);
        _connection.CloseAfterWrites();
    }

    /// <summary>Lets the connection wait unused, for a while.</summary>
    public void WaitIdle(TimeSpan timeout)
    {
        _hasTryTimeout = false;
        _connection!.ResumeReading();
        _connection.SetDeadline(timeout);
    }

    /// <summary>Closes it: it was not used for long, or the proxy stops.</summary>
    public void Close() => _connection!.Close();

    /// <inheritdoc/>
    public override void OnConnected(Connection connection)
    {
        _connection = connection;
        WasConnected = true;
        pool.OnConnected(this);
    }

    /// <inheritdoc/>
    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
    {
        var rest = octets;
        while (_exchange is { } exchange)
        {
            if (_isTunnel)
            {
                exchange.Tunnel.OnPrimaryOctets(rest);
                return octets.Length;
            }

            if (!_machine.IsAwaitingResponse)
            {
                break;
            }

            var readEvent = _machine.Read(rest, out var consumed);
            rest = rest[consumed..];
            switch (readEvent.Kind)
            {
                case ReadEventKind.NeedMore:
                    return octets.Length;
                case ReadEventKind.Head:
                    _isTunnel = _machine.BodyFraming == BodyFraming.Tunnel;
                    _hasTryTimeout &= _machine.Head.IsInterim;
                    exchange.OnResponseHead(this, readEvent.RawOctets);
                    if (_isTunnel && rest.IsEmpty)
                    {
                        return octets.Length;
                    }

                    break;
                case ReadEventKind.Body:
                    exchange.OnResponseBody(readEvent.RawOctets, readEvent.ContentOctets, _machine.OldChunks);
                    break;
                case ReadEventKind.End:
                    exchange.OnResponseEnd(this);
                    break;
                default:
                    exchange.OnUpstreamFailed(this, UpstreamFailure.Malformed);
                    break;
            }
        }

        if (_exchange is null && connection.IsOpen && !rest.IsEmpty)
        {
            // An answer to nothing, such as 408 before the server closes an idle connection.
            connection.Close();
        }

        return octets.Length;
    }

    /// <inheritdoc/>
    public override void OnReadEnded(Connection connection)
    {
        if (_exchange is not { } exchange)
        {
            connection.Close();
        }
        else if (_isTunnel)
        {
            exchange.Tunnel.OnPrimaryEnd();
        }
        else if (!_machine.IsAwaitingResponse)
        {
            // It has answered and takes no more of the request.
            exchange.OnUpstreamFailed(this, UpstreamFailure.Closed);
        }
        else if (_machine.TryFinish() && !connection.IsTruncated)
        {
            exchange.OnResponseEnd(this);
        }
        else
        {
            exchange.OnUpstreamFailed(this, UpstreamFailure.Closed);
        }
    }

    /// <inheritdoc/>
    public override void OnWritable(Connection connection) => _exchange?.OnUpstreamWritable();

    /// <inheritdoc/>
    public override void OnDeadline(Connection connection)
    {
        if (_exchange is null)
        {
            connection.Close();
        }
        else if (_hasTryTimeout && !_machine.HasBegun)
        {
            _exchange.OnUpstreamFailed(this, UpstreamFailure.TimedOut);
        }
    }

    /// <inheritdoc/>
    public override void OnClosed(Connection connection, CloseReason reason)
    {
        pool.OnClosed(this);
        if (_exchange is { } exchange)
        {
            var failure = reason == CloseReason.Exhausted ? UpstreamFailure.Exhausted
                : !WasConnected ? UpstreamFailure.NotConnected
                : reason == CloseReason.Reset ? UpstreamFailure.Reset
                : UpstreamFailure.Closed;
            exchange.OnUpstreamFailed(this, failure);
        }
    }
}

