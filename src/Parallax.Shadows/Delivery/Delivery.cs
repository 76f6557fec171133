using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>What a target consists of: the requests that wait, the connections, the settlement, and between them the kind of delivery.
/// Hands on what happens, and knows when all is over.</summary>
/// <remarks>Thread safety: belongs to the loop's thread, but for the producers' side of <see cref="Queue"/>, <see cref="Counters"/>,
/// <see cref="EndSession"/> and what <see cref="Connector"/> says of itself.</remarks>
internal sealed class Delivery : IConnectionListener
{
    private readonly IEventLoop _loop;
    private readonly ShadowOptions _options;
    private readonly WaitingRequests _waiting;
    private readonly Settlement _settlement;
    private readonly IDeliveryKind _kind;
    private LoopTimer? _drainTimer;
    private Action? _drained;

    public Delivery(ShadowTargetConfig config, IEventLoop loop)
    {
        _loop = loop;
        _options = config.Options;
        _waiting = new WaitingRequests(_options, loop, Counters.Drops, Advance);
        _settlement = new Settlement(config, loop, Counters);
        var reached = _options.KeepSessions ? config with { Share = null } : config;
        var limits = _options.KeepSessions ? _options with { PipelineDepth = 1 } : _options;
        Connector = new Connector(reached, new ClientContext(loop, limits, config), this, _settlement, Advance);
        _kind = _options.KeepSessions
            ? new SessionDelivery(_waiting, Connector, _settlement, _options)
            : new PooledDelivery(_waiting, Connector, _settlement, _options, loop);
    }

    /// <summary>What is counted.</summary>
    public ShadowCounters Counters { get; } = new();

    /// <summary>The way in.</summary>
    public BoundedQueue<OutgoingRequest> Queue => _waiting.Queue;

    /// <summary>The connections.</summary>
    public Connector Connector { get; }

    // True once nothing more is taken: the queue is complete and refuses everything.
    private bool IsClosed => Connector.IsStopped || _drained is not null;

    /// <summary>Finishes what is queued and in flight; what is left after <paramref name="deadline"/> is dropped. Asked again, it goes by
    /// the new deadline and calls both.</summary>
    /// <param name="deadline">How long that may take.</param>
    /// <param name="drained">Called once every request is settled and every connection closed.</param>
    public void Drain(TimeSpan deadline, Action drained)
    {
        _drained += drained;
        _drainTimer?.Cancel();
        _drainTimer = _loop.Schedule(deadline, static state => ((Delivery)state!).Stop(), this);
        Advance();
    }

    /// <summary>Starts nothing more and drops what waits: the loop has stopped.</summary>
    public void Abandon()
    {
        StartNoMore();
        Queue.Complete();
        _kind.DropWaiting(Connector.ReasonToStop);
    }

    /// <summary>Takes a request in on the loop's thread: to a connection at once, or into the queue.</summary>
    /// <param name="request">Owned only when it was taken.</param>
    /// <returns>Why it was refused; that is counted already.</returns>
    public DropReason Offer(in OutgoingRequest request) => IsClosed ? _waiting.Offer(request) : _kind.Offer(request);

    /// <summary>Takes a request in whose body is still coming.</summary>
    /// <param name="beginning">Taken over, whatever is returned.</param>
    /// <param name="context">What belongs to it.</param>
    /// <param name="refused">Why it was refused; that is counted already.</param>
    /// <returns>Takes the rest of the body; null when it was refused.</returns>
    public RequestStream? OpenStream(ref MessageBuilder beginning, in RequestContext context, out DropReason refused)
    {
        var stream = new RequestStream(ref beginning, context, _loop.Now, _options.StreamBufferBytes, _settlement);
        refused = Offer(OutgoingRequest.Of(stream));
        if (refused == DropReason.None)
        {
            return stream;
        }

        stream.End();
        return null;
    }

    /// <summary>Asks whether a request of that size would be refused now; then that is counted.</summary>
    public DropReason Refuse(long bytes) => IsClosed ? Queue.Refuse(bytes) : _kind.Refuse(bytes);

    /// <summary>Closes the connections that carry nothing, where any connection takes any request.</summary>
    public void CloseIdle() => _kind.CloseIdle();

    /// <summary>A captured connection is over, from any thread.</summary>
    public void EndSession(long number) => _kind.EndSession(number);

    /// <inheritdoc/>
    public void OnConnected(MessageConnection connection)
    {
        Connector.OnConnected();
        if (connection.IsIdle)
        {
            OnIdle(connection);
        }

        Advance();
    }

    /// <inheritdoc/>
    public void OnAnswering()
    {
        if (Connector.OnAnswered())
        {
            Advance();
        }
    }

    /// <inheritdoc/>
    public void OnDelivered()
    {
        if (Connector.OnDelivered())
        {
            Advance();
        }
    }

    /// <inheritdoc/>
    public void OnIdle(MessageConnection connection)
    {
        _kind.OnIdle(connection);
        CheckDrained();
    }

    /// <inheritdoc/>
    public void OnRoom(MessageConnection connection) => _kind.OnRoom(connection);

    /// <inheritdoc/>
    public void OnLost(MessageConnection connection, CloseReason reason)
    {
        _kind.Detach(connection);
        if (reason == CloseReason.LoopStopped)
        {
            Abandon();
        }

        // One that was opened for a request sent again fails that request.
        if (Connector.OnLost(connection, reason) && !connection.IsResend)
        {
            _kind.FailOldest(connection, FailureReasons.Of(reason));
        }
    }

    /// <inheritdoc/>
    public bool TryResend(MessageConnection failed, in OutgoingRequest request)
    {
        if (Connector.IsStopped)
        {
            return false;
        }

        _settlement.CountResent();
        _kind.Resend(failed, request);
        return true;
    }

    /// <inheritdoc/>
    public void OnGone(MessageConnection connection)
    {
        _kind.ServeAfter(connection);
        CheckDrained();
    }

    private void Advance()
    {
        _kind.Serve();
        CheckDrained();
    }

    private void CheckDrained()
    {
        if (_drained is not { } drained || Queue.Items > 0 || Counters.InFlight > 0)
        {
            return;
        }

        if (Connector.Pool.Connections.Count == 0)
        {
            _drained = null;
            _drainTimer?.Cancel();
            drained();
            return;
        }

        StartNoMore();
        foreach (var connection in Connector.Pool.Connections)
        {
            connection.CloseWhenSent();
        }
    }

    private void Stop()
    {
        if (_drained is null)
        {
            return;
        }

        StartNoMore();
        _kind.DropWaiting(Connector.ReasonToStop);
        foreach (var connection in Connector.Pool.Connections)
        {
            connection.Abort();
        }

        CheckDrained();
    }

    private void StartNoMore()
    {
        Connector.Stop();
        _settlement.Stop();
    }
}
