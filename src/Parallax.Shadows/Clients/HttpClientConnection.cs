using System.Net;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Clients;

/// <summary>One HTTP/1.1 connection to a server, primary or shadow: the pump between its <see cref="ResponseReader"/> and its socket. One
/// receiver at a time uses it, from its first request to <see cref="Release"/>.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
/// <param name="holder">Whom it belongs to.</param>
/// <param name="policy">How leniently responses are read.</param>
/// <param name="idleTimeout">How long it may wait unused; for less if the server says so.</param>
/// <param name="maxRequests">How many requests it carries at most.</param>
public sealed class HttpClientConnection(
    IConnectionHolder<HttpClientConnection> holder, Http1Policy policy, TimeSpan idleTimeout, int maxRequests = int.MaxValue)
    : ConnectionHandler, IPooledConnection<HttpClientConnection>
{
    // What was written for a client that has left may take this long to be sent.
    private static readonly TimeSpan LastOctetsTime = TimeSpan.FromSeconds(5);

    private Connection? _connection;
    private IResponseReceiver? _receiver;
    private bool _isTunnel;
    private bool _isClosing;

    /// <inheritdoc/>
    public LinkedListNode<HttpClientConnection>? Place { get; set; }

    /// <summary>Requests it was given.</summary>
    public int Requests { get; private set; }

    /// <summary>True when it is established, open and not in use.</summary>
    public bool IsIdle => _receiver is null && !_isClosing && _connection is { IsConnected: true };

    /// <summary>True until it is closed.</summary>
    public bool IsOpen => _connection is { IsOpen: true };

    /// <summary>True once it was established.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>True when octets wait that the server does not take.</summary>
    public bool IsCongested => _connection!.IsCongested;

    /// <summary>Where the response at hand stands.</summary>
    public ResponseReader Response { get; } = new(policy);

    /// <summary>The socket, for those that write octets without copying them.</summary>
    internal Connection Socket => _connection!;

    /// <inheritdoc/>
    public void Connect(IEventLoop loop, IPEndPoint address, ConnectOptions options) =>
        _connection = loop.Connect(address, this, options);

    /// <summary>Gives it a request: what is written from now on is that request. Another may be given before the response, by the same
    /// receiver, once the one before is written whole.</summary>
    /// <param name="receiver">Receives what happens, until the connection is released or aborted.</param>
    /// <param name="method">The request's method.</param>
    public void Begin(IResponseReceiver receiver, KnownMethod method)
    {
        if (_receiver is null)
        {
            _connection!.ClearDeadline();
            _receiver = receiver;
        }

        Requests++;
        Response.Begin(method);
    }

    /// <summary>Has octets of the request, or of the tunnel, sent.</summary>
    public void Write(ReadOnlySpan<byte> octets) => _connection!.Write(octets);

    /// <summary>Calls <see cref="IResponseReceiver.OnDeadline"/> after a time, unless it is released or another time is set
    /// before.</summary>
    public void SetDeadline(TimeSpan due) => _connection!.SetDeadline(due);

    /// <summary>Sends no more: the client has ended its direction of a tunnel.</summary>
    public void EndWrites() => _connection!.ShutdownWrite();

    /// <summary>Receives no more for a while: who wants the octets is slow.</summary>
    public void Pause() => _connection!.PauseReading();

    /// <summary>Receives again.</summary>
    public void Resume() => _connection!.ResumeReading();

    /// <summary>The receiver has all responses and needs it no longer: it waits for another use, or is closed when there can be
    /// none.</summary>
    /// <param name="isRequestWhole">True when the request was sent to its end.</param>
    public void Release(bool isRequestWhole)
    {
        _receiver = null;
        var mayBeUsed = isRequestWhole && Response.IsReusable && Requests < maxRequests && _connection!.IsConnected;
        var time = mayBeUsed ? KeptConnections.IdleTimeOf(Response.Head, idleTimeout) : TimeSpan.Zero;
        if (time == TimeSpan.Zero)
        {
            _connection!.Close();
            return;
        }

        _connection!.ResumeReading();
        _connection.SetDeadline(time);
        holder.OnIdle(this);
    }

    /// <summary>Closes it whatever it carries, with a reset when a request or response is cut off by that.</summary>
    public void Abort()
    {
        _receiver = null;
        _connection?.Abort();
    }

    /// <summary>Closes it once what was written is sent, because the client is gone and nobody wants an answer any longer. The server sees
    /// what it would have seen of the client itself.</summary>
    public void CloseAfterWrites()
    {
        _receiver = null;
        _isClosing = true;
        _connection!.SetDeadline(LastOctetsTime);
        _connection.CloseAfterWrites();
    }

    /// <inheritdoc/>
    public void Close() => _connection?.Close();

    /// <inheritdoc/>
    public override void OnConnected(Connection connection)
    {
        // A connection within this machine may be established while it is still being asked for.
        _connection = connection;
        WasConnected = true;
        if (_receiver is null)
        {
            connection.SetDeadline(idleTimeout);
        }

        holder.OnConnected(this);
    }

    /// <inheritdoc/>
    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
    {
        var rest = octets;
        while (_receiver is { } receiver && connection.IsOpen)
        {
            if (_isTunnel)
            {
                receiver.OnTunnelOctets(rest);
                return octets.Length;
            }

            if (!Response.IsAwaitingResponse)
            {
                break;
            }

            if (!Response.HasBegun && !rest.IsEmpty)
            {
                receiver.OnResponseBegun();
            }

            var readEvent = Response.Read(rest, out var consumed);
            rest = rest[consumed..];
            switch (readEvent.Kind)
            {
                case ReadEventKind.NeedMore:
                    return octets.Length;
                case ReadEventKind.Head:
                    _isTunnel = Response.BodyFraming == BodyFraming.Tunnel;
                    receiver.OnResponseHead(Response.Head, Response.BodyFraming, readEvent.RawOctets);
                    if (_isTunnel && rest.IsEmpty)
                    {
                        return octets.Length;
                    }

                    break;
                case ReadEventKind.Body:
                    receiver.OnResponseBody(readEvent.RawOctets, readEvent.ContentOctets, Response.OldChunks);
                    break;
                case ReadEventKind.End:
                    receiver.OnResponseEnd();
                    break;
                default:
                    receiver.OnFailed(FailureReason.MalformedAnswer);
                    break;
            }
        }

        if (!rest.IsEmpty && connection.IsOpen)
        {
            OnUnsolicited(connection);
        }

        return octets.Length;
    }

    /// <inheritdoc/>
    public override void OnReadEnded(Connection connection)
    {
        if (_receiver is not { } receiver)
        {
            connection.Close();
        }
        else if (_isTunnel)
        {
            receiver.OnTunnelEnd();
        }
        else if (Response.IsAwaitingResponse && Response.TryFinish() && !connection.IsTruncated)
        {
            receiver.OnResponseEnd();
        }
        else
        {
            // It has not answered, or it has and takes no more of the request.
            receiver.OnFailed(FailureReason.ClosedEarly);
        }
    }

    /// <inheritdoc/>
    public override void OnWritable(Connection connection) => _receiver?.OnServerWritable();

    /// <inheritdoc/>
    public override void OnDeadline(Connection connection)
    {
        if (_receiver is { } receiver)
        {
            receiver.OnDeadline();
        }
        else
        {
            connection.Close();
        }
    }

    /// <inheritdoc/>
    public override void OnClosed(Connection connection, CloseReason reason)
    {
        holder.OnLost(this, reason);
        _receiver?.OnFailed(FailureReasons.Of(reason));
    }

    // An answer to nothing, such as 408 before the server closes an idle connection.
    private void OnUnsolicited(Connection connection)
    {
        if (_receiver is { } receiver)
        {
            receiver.OnFailed(FailureReason.MalformedAnswer);
        }
        else
        {
            connection.Close();
        }
    }
}
