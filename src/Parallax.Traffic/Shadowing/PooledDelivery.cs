using Parallax.Reactor.Connections;
using Parallax.Traffic.Queues;

namespace Parallax.Traffic.Shadowing;

/// <summary>Any request on any connection: the one used last is used first, so that those not needed grow idle and close.</summary>
/// <remarks>Requests wait in the queue and nowhere else. Thread safety: belongs to the loop's thread.</remarks>
internal sealed class PooledDelivery : Delivery
{
    private readonly List<ShadowConnection> _idle = [];

    public PooledDelivery(ShadowTarget target, ShadowTargetConfig config, IEventLoop loop, ShadowCounters counters)
        : base(target, config, loop, counters)
    {
    }

    public override void OnIdle(ShadowConnection connection)
    {
        _idle.Add(connection);
        Serve();
        CheckDrained();
    }

    private protected override void Serve()
    {
        // TryPeek arms the wake-up when it finds nothing, so a request offered after this loop ends it is not overlooked.
        while (Queue.TryPeek(out var oldest))
        {
            if (IsExpired(oldest))
            {
                Queue.TryTake(out oldest);
                Drop(oldest, DropReason.QueueExpired);
                continue;
            }

            if (TakeIdle() is not { } connection)
            {
                OpenMore();
                WatchExpiry(oldest);
                return;
            }

            Queue.TryTake(out oldest);
            Start(connection, oldest);
        }
    }

    private protected override void Serve(ShadowConnection gone) => Serve();

    private protected override void Detach(ShadowConnection connection) => _idle.Remove(connection);

    private protected override void Attach(ShadowConnection connection)
    {
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
        while (Queue.TryTake(out var request))
        {
            Drop(request, DropReason.Shutdown);
        }
    }

    private ShadowConnection? TakeIdle()
    {
        while (_idle.Count > 0)
        {
            var connection = _idle[^1];
            _idle.RemoveAt(_idle.Count - 1);

            // One that is closed but not yet told so is no use.
            if (connection.IsIdle)
            {
                return connection;
            }
        }

        return null;
    }

    private void OpenMore()
    {
        while (MayConnect && Connector.Connections.Count < Options.MaxConnections && Connector.Connecting < Queue.Items)
        {
            Open(session: null, resend: null);
        }
    }
}
