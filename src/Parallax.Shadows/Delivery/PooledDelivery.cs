using Parallax.Reactor.Connections;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>Any request on any connection: the one used last is used first, so that those not needed grow idle and close.</summary>
/// <remarks>
/// Requests wait in the queue and nowhere else, but for those sent again when there is no connection for them. With pipelining, requests
/// of one turn share a connection, so that they leave together; otherwise an idle connection is better than a place after another's
/// answer, and having to take such a place asks for one more connection. Thread safety: belongs to the loop's thread.
/// </remarks>
internal sealed class PooledDelivery : Delivery
{
    // How often a target without a connection asks for one that others may have left by now.
    private static readonly TimeSpan ShareInterval = TimeSpan.FromMilliseconds(100);

    private readonly ConnectionList _idle = new();
    private readonly ConnectionList _roomy = new();
    private readonly Queue<ShadowRequest> _again = new();
    private LoopTimer? _shareTimer;
    private ShadowConnection? _current;
    private long _currentTurn;

    // True when nothing waited when it was last looked at: who offers then wakes the loop, or is on it.
    private bool _isLineEmpty;

    public PooledDelivery(ShadowTargetConfig config, IEventLoop loop, ShadowCounters counters)
        : base(config, loop, counters)
    {
    }

    public override DropReason Offer(in ShadowRequest request)
    {
        if (!IsClosed && _isLineEmpty && TakeFor(request) is { } connection)
        {
            Begin(connection, request);
            return DropReason.None;
        }

        var refused = Queue.Offer(request, request.RawOctets);
        if (refused == DropReason.None)
        {
            Serve();
        }

        return refused;
    }

    public override DropReason Refuse(long bytes) => !IsClosed && _isLineEmpty ? DropReason.None : base.Refuse(bytes);

    public override void OnIdle(ShadowConnection connection)
    {
        _idle.Add(connection);
        ServeLine();
        CheckDrained();
    }

    public override void OnRoom(ShadowConnection connection)
    {
        if (connection.HasRoom)
        {
            _roomy.Add(connection);
            ServeLine();
        }
    }

    public override void CloseIdle()
    {
        while (TakeIdle() is { } connection)
        {
            connection.CloseWhenSent();
        }
    }

    private protected override void Serve()
    {
        // TryPeek arms the wake-up when it finds nothing, so a request offered after this loop ends it is not overlooked.
        while (TryPeekOldest(out var oldest))
        {
            if (oldest.Stream is { IsOver: true } || IsExpired(oldest))
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
                WatchExpiry(oldest);
                return;
            }
        }
    }

    private protected override void Serve(ShadowConnection gone) => Serve();

    private protected override void Detach(ShadowConnection connection)
    {
        connection.List?.Remove(connection);
        _current = _current == connection ? null : _current;
    }

    private protected override void Attach(ShadowConnection connection)
    {
    }

    private protected override void Resend(ShadowConnection failed, in ShadowRequest request)
    {
        if (Connector.Connections.Count >= Options.MaxConnections || !TryOpen(request))
        {
            _again.Enqueue(request);
            _isLineEmpty = false;
        }
    }

    private protected override void FailOldest(ShadowConnection connection, FailureReason failure)
    {
        if (Connector.Connections.Count == Connector.Connecting && Queue.TryTake(out var oldest))
        {
            Fail(oldest, failure);
        }
    }

    private protected override void DropWaiting()
    {
        while (TryPeekOldest(out _))
        {
            DropOldest(DropReason.Shutdown);
        }
    }

    private void ServeLine()
    {
        if (!_isLineEmpty)
        {
            Serve();
        }
    }

    private bool TryPeekOldest(out ShadowRequest oldest)
    {
        _isLineEmpty = !_again.TryPeek(out oldest) && !Queue.TryPeek(out oldest);
        return !_isLineEmpty;
    }

    private void DropOldest(DropReason reason)
    {
        if (_again.TryDequeue(out var oldest))
        {
            End(oldest, new ShadowOutcome
            {
                Context = oldest.Context,
                Result = ShadowResult.Dropped,
                Drop = reason,
                WasResent = true,
                OfferedAt = oldest.OfferedAt,
            });
        }
        else if (Queue.TryTake(out oldest))
        {
            Drop(oldest, reason);
        }
    }

    private void BeginOldest(ShadowConnection connection)
    {
        if (_again.TryDequeue(out var oldest))
        {
            connection.Start(oldest);
        }
        else if (Queue.TryTake(out oldest))
        {
            Begin(connection, oldest);
        }
    }

    private ShadowConnection? TakeFor(in ShadowRequest request)
    {
        if (_current is { HasRoom: true, List: null } current)
        {
            if (_currentTurn == Loop.Now && request.Stream is null)
            {
                return current;
            }

            _roomy.Add(current);
        }

        _currentTurn = Loop.Now;
        _current = TakeIdle() ?? (request.Stream is null ? TakeRoomy() : null);
        return _current;
    }

    private ShadowConnection? TakeIdle()
    {
        // One that is closed but not yet told so is no use.
        while (_idle.TryTake(out var connection))
        {
            if (connection.IsIdle)
            {
                return connection;
            }
        }

        return null;
    }

    private ShadowConnection? TakeRoomy()
    {
        while (_roomy.TryTake(out var connection))
        {
            if (connection.HasRoom)
            {
                OpenOne();
                return connection;
            }
        }

        return null;
    }

    private void OpenOne()
    {
        if (Connector.Connecting == 0 && MayConnect && Connector.Connections.Count < Options.MaxConnections)
        {
            TryOpen(resend: null);
        }
    }

    private void OpenMore()
    {
        while (MayConnect && Connector.Connections.Count < Options.MaxConnections && Connector.Connecting < Queue.Items + _again.Count
            && TryOpen(resend: null))
        {
        }
    }

    // Takes ownership of the request only when a connection is opened.
    private bool TryOpen(ShadowRequest? resend)
    {
        if (Connector.TryBegin())
        {
            Open(session: null, resend);
            return true;
        }

        if (Connector.Connections.Count == 0 && _shareTimer is not { IsScheduled: true })
        {
            _shareTimer = Loop.Schedule(ShareInterval, static state => ((PooledDelivery)state!).Serve(), this);
        }

        return false;
    }
}
