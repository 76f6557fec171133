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

    private readonly ConnectionList<MessageConnection> _roomy = new(static connection => connection.HasRoom);
    private readonly Queue<OutgoingRequest> _again = new();
    private LoopTimer? _shareTimer;
    private MessageConnection? _current;
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

    public void OnIdle(MessageConnection connection)
    {
        connector.Pool.AddIdle(connection);
        ServeLine();
    }

    public void OnRoom(MessageConnection connection)
    {
        if (connection.HasRoom)
        {
            _roomy.Add(connection);
            ServeLine();
        }
    }

    public void CloseIdle() => connector.Pool.CloseIdle();

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

    public void ServeAfter(MessageConnection gone) => Serve();

    public void Detach(MessageConnection connection) => _current = _current == connection ? null : _current;

    public void Resend(MessageConnection failed, in OutgoingRequest request)
    {
        if (connector.Pool.Connections.Count >= options.MaxConnections || !TryOpen(request))
        {
            _again.Enqueue(request);
            _isLineEmpty = false;
        }
    }

    public void FailOldest(MessageConnection connection, FailureReason failure)
    {
        if (connector.Pool.Connections.Count == connector.Connecting && waiting.Queue.TryTake(out var oldest))
        {
            settlement.Fail(oldest, failure);
        }
    }

    public void DropWaiting(DropReason reason)
    {
        while (TryPeekOldest(out _))
        {
            DropOldest(reason);
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

    private void BeginOldest(MessageConnection connection)
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

    private MessageConnection? TakeFor(in OutgoingRequest request)
    {
        if (_current is { HasRoom: true, IsListed: false } current)
        {
            if (_currentTurn == loop.Now && request.Stream is null)
            {
                return current;
            }

            _roomy.Add(current);
        }

        _currentTurn = loop.Now;
        _current = connector.Pool.TryTakeIdle(out var idle) ? idle : request.Stream is null ? TakeRoomy() : null;
        return _current;
    }

    private MessageConnection? TakeRoomy()
    {
        if (_roomy.TryTake(out var connection))
        {
            OpenOne();
        }

        return connection;
    }

    private void OpenOne()
    {
        if (connector.Connecting == 0 && connector.MayConnect && connector.Pool.Connections.Count < options.MaxConnections)
        {
            TryOpen(resend: null);
        }
    }

    private void OpenMore()
    {
        while (connector.MayConnect && connector.Pool.Connections.Count < options.MaxConnections
            && connector.Connecting < waiting.Queue.Items + _again.Count && TryOpen(resend: null))
        {
        }
    }

    // Takes ownership of the request only when a connection is opened.
    private bool TryOpen(OutgoingRequest? resend)
    {
        if (connector.Pool.TryBegin())
        {
            connector.Open(connector.NewConnection(owner: null, resend));
            return true;
        }

        if (connector.Pool.Connections.Count == 0 && _shareTimer is not { IsScheduled: true })
        {
            _shareTimer = loop.Schedule(ShareInterval, static state => ((PooledDelivery)state!).Serve(), this);
        }

        return false;
    }
}
