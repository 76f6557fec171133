using System.Net;
using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Clusters;

/// <summary>One connection to an endpoint of the primary: the pump between its <see cref="ResponseReader"/> and its socket.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
/// <param name="pool">Where it goes back to.</param>
/// <param name="policy">How leniently responses are read.</param>
internal sealed class UpstreamConnection(IConnectionHolder<UpstreamConnection> pool, Http1Policy policy)
    : ConnectionHandler, IListed<UpstreamConnection>
{
    // What was written for a client that has left may take so long to be sent.
    private static readonly TimeSpan LastOctetsTime = TimeSpan.FromSeconds(5);

    private readonly ResponseReader _machine = new(policy);
    private Connection? _connection;
    private IUpstreamListener? _listener;
    private bool _isTunnel;
    private bool _hasTryTimeout;
    private bool _isClosing;

    /// <inheritdoc/>
    public ConnectionList<UpstreamConnection>? List { get; set; }

    /// <summary>Requests it was given.</summary>
    public int Requests { get; private set; }

    /// <summary>True when it is established, open and carries no request.</summary>
    public bool IsIdle => _listener is null && !_isClosing && _connection is { IsConnected: true };

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

    /// <summary>Starts to connect.</summary>
    public void Connect(IEventLoop loop, IPEndPoint address, ConnectOptions options) => _connection = loop.Connect(address, this, options);

    /// <summary>Gives it a request: what is written from now on is that request.</summary>
    /// <param name="listener">Receives what happens, until the connection is released or aborted.</param>
    /// <param name="method">The request's method.</param>
    /// <param name="timeout">How long the response may take to begin; null for as long as it likes.</param>
    public void Begin(IUpstreamListener listener, KnownMethod method, TimeSpan? timeout)
    {
        _listener = listener;
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

    /// <summary>The response is complete: the connection goes back to its pool, or is closed when it cannot be used again.</summary>
    /// <param name="isRequestWhole">True when the request was sent to its end.</param>
    public void Release(bool isRequestWhole)
    {
        _listener = null;
        if (isRequestWhole && _machine.IsReusable && _connection!.IsConnected)
        {
            pool.OnIdle(this);
        }
        else
        {
            _connection!.Close();
        }
    }

    /// <summary>Closes it whatever it carries, with a reset when a request or response is cut off by that.</summary>
    public void Abort()
    {
        _listener = null;
        _connection!.Abort();
    }

    /// <summary>Closes it once what was written is sent, because the client is gone and nobody wants an answer any longer. The primary sees
    /// what it would have seen of the client itself.</summary>
    public void CloseAfterWrites()
    {
        _listener = null;
        _isClosing = true;
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
        while (_listener is { } listener)
        {
            if (_isTunnel)
            {
                listener.OnTunnelOctets(rest);
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
                    listener.OnResponseHead(_machine.Head, _machine.BodyFraming, readEvent.RawOctets);
                    if (_isTunnel && rest.IsEmpty)
                    {
                        return octets.Length;
                    }

                    break;
                case ReadEventKind.Body:
                    listener.OnResponseBody(readEvent.RawOctets, readEvent.ContentOctets, _machine.OldChunks);
                    break;
                case ReadEventKind.End:
                    listener.OnResponseEnd();
                    break;
                default:
                    listener.OnUpstreamFailed(FailureReason.MalformedAnswer);
                    break;
            }
        }

        if (_listener is null && connection.IsOpen && !rest.IsEmpty)
        {
            // An answer to nothing, such as 408 before the server closes an idle connection.
            connection.Close();
        }

        return octets.Length;
    }

    /// <inheritdoc/>
    public override void OnReadEnded(Connection connection)
    {
        if (_listener is not { } listener)
        {
            connection.Close();
        }
        else if (_isTunnel)
        {
            listener.OnTunnelEnd();
        }
        else if (!_machine.IsAwaitingResponse)
        {
            // It has answered and takes no more of the request.
            listener.OnUpstreamFailed(FailureReason.ClosedEarly);
        }
        else if (_machine.TryFinish() && !connection.IsTruncated)
        {
            listener.OnResponseEnd();
        }
        else
        {
            listener.OnUpstreamFailed(FailureReason.ClosedEarly);
        }
    }

    /// <inheritdoc/>
    public override void OnWritable(Connection connection) => _listener?.OnUpstreamWritable();

    /// <inheritdoc/>
    public override void OnDeadline(Connection connection)
    {
        if (_listener is null)
        {
            connection.Close();
        }
        else if (_hasTryTimeout && !_machine.HasBegun)
        {
            _listener.OnUpstreamFailed(FailureReason.ResponseTimeout);
        }
    }

    /// <inheritdoc/>
    public override void OnClosed(Connection connection, CloseReason reason)
    {
        pool.OnLost(this, reason);
        if (_listener is { } listener)
        {
            listener.OnUpstreamFailed(FailureReasons.Of(reason));
        }
    }
}

