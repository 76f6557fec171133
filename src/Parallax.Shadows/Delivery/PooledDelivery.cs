using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>Any request on any connection: the one used last is used first, so that those not needed grow idle and close.</summary>
/// <remarks>
/// Requests wait in the queue and nowhere else, but for those sent again when there is no connection for them. With pipelining, requests
/// of one turn share a connection, so that they leave together; otherwise an idle connection is better than a place after another's
/// answer, and having to take such a place asks for one more connection. Thread safety: belongs to the loop's thread.
/// </remarks>
internal sealed class PooledDelivery(
    WaitingRequests waiting, Connector connector, Settlement settlement, ShadowOptions options, IEventLoop loop) : IDeliveryKind
{
    // How often a target without a connection asks for one that others may have left by now.
    private static readonly TimeSpan ShareInterval = TimeSpan.FromMilliseconds(100);

    private readonly ConnectionList<HttpClientConnection> _idle = new(static connection => connection.IsIdle);
    private readonly ConnectionList<HttpClientConnection> _roomy = new(static connection => connection.HasRoom);
    private readonly Queue<OutgoingRequest> _again = new();
    private LoopTimer? _shareTimer;
    private HttpClientConnection? _current;
    private long _currentTurn;

    // True when nothing waited when it was last looked at: who offers then wakes the loop, or is on it.
    private bool _isLineEmpty;

    public DropReason Offer(in OutgoingRequest request)
    {
        if (_isLineEmpty && TakeFor(request) is { } connection)
        {
            settlement.Begin(connection, request);
            return DropReason.None;
        }

        var refused = waiting.Offer(request);
        if (refused == DropReason.None)
        {
            Serve();
        }

        return refused;
    }

    public DropReason Refuse(long bytes) => _isLineEmpty ? DropReason.None : waiting.Queue.Refuse(bytes);

    public void OnIdle(HttpClientConnection connection)
    {
        _idle.Add(connection);
        ServeLine();
    }

    public void OnRoom(HttpClientConnection connection)
    {
        if (connection.HasRoom)
        {
            _roomy.Add(connection);
            ServeLine();
        }
    }

    public void CloseIdle()
    {
        while (_idle.TryTake(out var connection))
        {
            connection.CloseWhenSent();
        }
    }

    public void Serve()
    {
        // TryPeek arms the wake-up when it finds nothing, so a request offered after this loop ends it is not overlooked.
        while (TryPeekOldest(out var oldest))
        {
            if (oldest.Stream is { IsOver: true } || waiting.IsExpired(oldest))
            {
                DropOldest(DropReason.QueueExpired);
            }
            else if (TakeFor(oldest) is { } connection)
            {
                BeginOldest(connection);
            }
            else
            {
                OpenMore();
                waiting.Watch(oldest);
                return;
            }
        }
    }

    public void ServeAfter(HttpClientConnection gone) => Serve();

    public void Detach(HttpClientConnection connection)
    {
        connection.List?.Remove(connection);
        _current = _current == connection ? null : _current;
    }

    public void Resend(HttpClientConnection failed, in OutgoingRequest request)
    {
        if (connector.Connections.Count >= options.MaxConnections || !TryOpen(request))
        {
            _again.Enqueue(request);
            _isLineEmpty = false;
        }
    }

    public void FailOldest(HttpClientConnection connection, FailureReason failure)
    {
        if (connector.Connections.Count == connector.Connecting && waiting.Queue.TryTake(out var oldest))
        {
            settlement.Fail(oldest, failure);
        }
    }

    public void DropWaiting()
    {
        while (TryPeekOldest(out _))
        {
            DropOldest(DropReason.Shutdown);
        }
    }

    public void EndSession(long number)
    {
    }

    private void ServeLine()
    {
        if (!_isLineEmpty)
        {
            Serve();
        }
    }

    private bool TryPeekOldest(out OutgoingRequest oldest)
    {
        _isLineEmpty = !_again.TryPeek(out oldest) && !waiting.Queue.TryPeek(out oldest);
        return !_isLineEmpty;
    }

    private void DropOldest(DropReason reason)
    {
        if (_again.TryDequeue(out var oldest))
        {
            settlement.DropResent(oldest, reason);
        }
        else if (waiting.Queue.TryTake(out oldest))
        {
            settlement.Drop(oldest, reason);
        }
    }

    private void BeginOldest(HttpClientConnection connection)
    {
        if (_again.TryDequeue(out var oldest))
        {
            connection.Start(oldest);
        }
        else if (waiting.Queue.TryTake(out oldest))
        {
            settlement.Begin(connection, oldest);
        }
    }

    private HttpClientConnection? TakeFor(in OutgoingRequest request)
    {
        if (_current is { HasRoom: true, List: null } current)
        {
            if (_currentTurn == loop.Now && request.Stream is null)
            {
                return current;
            }

            _roomy.Add(current);
        }

        _currentTurn = loop.Now;
        _current = _idle.TryTake(out var idle) ? idle : request.Stream is null ? TakeRoomy() : null;
        return _current;
    }

    private HttpClientConnection? TakeRoomy()
    {
        if (_roomy.TryTake(out var connection))
        {
            OpenOne();
        }

        return connection;
    }

    private void OpenOne()
    {
        if (connector.Connecting == 0 && connector.MayConnect && connector.Connections.Count < options.MaxConnections)
        {
            TryOpen(resend: null);
        }
    }

    private void OpenMore()
    {
        while (connector.MayConnect && connector.Connections.Count < options.MaxConnections
            && connector.Connecting < waiting.Queue.Items + _again.Count && TryOpen(resend: null))
        {
        }
    }

    // Takes ownership of the request only when a connection is opened.
    private bool TryOpen(OutgoingRequest? resend)
    {
        if (connector.TryBegin())
        {
            connector.Open(connector.NewConnection(owner: null), resend);
            return true;
        }

        if (connector.Connections.Count == 0 && _shareTimer is not { IsScheduled: true })
        {
            _shareTimer = loop.Schedule(ShareInterval, static state => ((PooledDelivery)state!).Serve(), this);
        }

        return false;
    }
}
