using System.Buffers;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Shadows.Delivery;

/// <summary>The half of a target that lives on its loop: takes requests from the queue, gives them to connections, and settles the account.
/// Which connection a request may take is what its two kinds differ in.</summary>
/// <remarks>Thread safety: belongs to the loop's thread, but for the producers' side of <see cref="Queue"/>.</remarks>
internal abstract class Delivery
{
    private readonly ShadowTargetConfig _config;
    private readonly ArrayBufferWriter<byte> _head = new(4096);
    private readonly Latin1Scratch _scratch = new();
    private readonly long _queueTimeout;
    private LoopTimer? _expiryTimer;
    private LoopTimer? _drainTimer;
    private Action? _drained;

    private protected Delivery(ShadowTargetConfig config, IEventLoop loop, ShadowCounters counters)
    {
        _config = config;
        Options = config.Options;
        Loop = loop;
        Counters = counters;
        _queueTimeout = (long)Math.Min(Options.QueueTimeout.TotalNanoseconds, long.MaxValue / 4);
        Queue = new BoundedQueue<ShadowRequest>(Options.QueueItems, Options.QueueBytes, counters.Drops, Wake);
        Connector = new Connector(config, loop, Advance);
        AnswerPool = Options.KeptAnswerBytes > 0 ? config.AnswerPool ?? new OctetPool() : null;
        Pace = Options.PacesAnswers ? new AnswerPace(loop, Options.LongAnswerBytesPerSecond) : null;
    }

    /// <summary>The limits.</summary>
    public ShadowOptions Options { get; }

    /// <summary>Most requests in flight on one connection.</summary>
    public int Depth => Options.KeepSessions ? 1 : Options.PipelineDepth;

    /// <summary>The way in.</summary>
    public BoundedQueue<ShadowRequest> Queue { get; }

    /// <summary>The connections.</summary>
    public Connector Connector { get; }

    /// <summary>Lends what answers are kept in; null when none is kept.</summary>
    public OctetPool? AnswerPool { get; }

    /// <summary>How fast long answers are read; null for as fast as they come.</summary>
    public AnswerPace? Pace { get; }

    /// <summary>The loop's clock. Times that go into outcomes are read when something happens, not once per turn, so that what a busy
    /// turn costs shows in them.</summary>
    public TimeProvider Clock => Loop.Clock;

    private protected IEventLoop Loop { get; }

    private protected ShadowCounters Counters { get; }

    /// <summary>True once nothing more is to be started.</summary>
    private protected bool IsStopping { get; private set; }

    private protected bool MayConnect => !IsStopping && Connector.MayConnect;

    /// <summary>True once nothing more is taken.</summary>
    private protected bool IsClosed => IsStopping || _drained is not null;

    // ── What the target asks for. ──

    /// <summary>Has the queue looked at, from any thread.</summary>
    public void Wake() => Loop.Post(static state => ((Delivery)state!).Advance(), this);

    /// <summary>Finishes what is queued and in flight; what is left after <paramref name="deadline"/> is dropped. Asked again, it goes by
    /// the new deadline and calls both.</summary>
    /// <param name="deadline">How long that may take.</param>
    /// <param name="drained">Called once every request is settled and every connection closed.</param>
    public void Drain(TimeSpan deadline, Action drained)
    {
        _drained += drained;
        _drainTimer?.Cancel();
        _drainTimer = Loop.Schedule(deadline, static state => ((Delivery)state!).Stop(), this);
        Advance();
    }

    /// <summary>Starts nothing more and drops what waits: the loop has stopped.</summary>
    public void Abandon()
    {
        IsStopping = true;
        Queue.Complete();
        DropWaiting();
    }

    /// <summary>Takes a request in on the loop's thread: to a connection at once, or into the queue.</summary>
    /// <param name="request">Owned only when it was taken.</param>
    /// <returns>Why it was refused; that is counted already.</returns>
    public abstract DropReason Offer(in ShadowRequest request);

    /// <summary>Asks whether a request of that size would be refused now; then that is counted.</summary>
    public virtual DropReason Refuse(long bytes) => Queue.Refuse(bytes);

    /// <summary>Closes the connections that carry nothing, where any connection takes any request.</summary>
    public virtual void CloseIdle()
    {
    }

    /// <summary>Ends a stream that waits in the queue, where its place stays until its turn comes.</summary>
    public void Withdraw(in ShadowRequest request, DropReason reason)
    {
        Drop(request, reason);
        Counters.AddWithdrawn(1);
    }

    // ── What a connection asks for and tells. ──

    /// <summary>True when a request comes with its final head.</summary>
    public bool SendsAsIs(Message request) => request.IsPrepared || _config.Rewriter is null;

    /// <summary>The shadow's head for a request; valid until the next call.</summary>
    public ReadOnlySpan<byte> HeadOf(Message request)
    {
        _head.ResetWrittenCount();
        _config.Rewriter!.Write(request.Head, request.HeadOctets, _scratch, _head);
        return _head.WrittenSpan;
    }

    /// <summary>A request's first octets are given to a connection; of a second attempt the delay says nothing.</summary>
    public void OnSending(in ShadowRequest request, long now)
    {
        if (request.Context.ArrivedAt != 0 && !request.WasResent)
        {
            Counters.Delay.Record(now - request.Context.ArrivedAt);
        }
    }

    /// <summary>A connection is established; it may carry a request already.</summary>
    public void OnConnected(ShadowConnection connection)
    {
        Connector.OnConnected();
        if (connection.IsIdle)
        {
            OnIdle(connection);
        }

        Advance();
    }

    /// <summary>The first octets of an answer came on a connection.</summary>
    public void OnAnswering()
    {
        if (Connector.OnAnswered())
        {
            Advance();
        }
    }

    /// <summary>A connection has brought its first whole answer.</summary>
    public void OnDelivered()
    {
        if (Connector.OnDelivered())
        {
            Advance();
        }
    }

    /// <summary>A connection can take any request.</summary>
    public abstract void OnIdle(ShadowConnection connection);

    /// <summary>A connection with requests in flight has one less of them.</summary>
    public abstract void OnRoom(ShadowConnection connection);

    /// <summary>A connection is closed; its request, if any, is settled next.</summary>
    public void OnLost(ShadowConnection connection, CloseReason reason)
    {
        Detach(connection);
        if (reason == CloseReason.LoopStopped)
        {
            Abandon();
        }

        // One that was opened for a request sent again fails that request.
        if (Connector.OnLost(connection, reason) && !connection.IsResend)
        {
            FailOldest(connection, FailureOf(reason));
        }
    }

    /// <summary>A connection is closed and its request settled.</summary>
    public void OnGone(ShadowConnection connection)
    {
        Serve(connection);
        CheckDrained();
    }

    /// <summary>Sends a request that met a closed connection on another.</summary>
    /// <returns>False when nothing more is to be started; the request stays the caller's.</returns>
    public bool TryResend(ShadowConnection failed, in ShadowRequest request)
    {
        if (IsStopping)
        {
            return false;
        }

        Counters.CountResent();
        Resend(failed, request);
        return true;
    }

    /// <summary>What the end of a connection means for the request on it.</summary>
    public static FailureReason FailureOf(CloseReason reason) => reason switch
    {
        CloseReason.Refused => FailureReason.Refused,
        CloseReason.Unreachable => FailureReason.Unreachable,
        CloseReason.ConnectTimedOut => FailureReason.ConnectTimeout,
        CloseReason.Reset => FailureReason.Reset,
        CloseReason.TlsFailed => FailureReason.TlsFailed,
        CloseReason.PeerClosed => FailureReason.ClosedEarly,
        CloseReason.Exhausted => FailureReason.Exhausted,
        _ => FailureReason.Other,
    };

    /// <summary>The outcome of a request whose connection ended: our own stopping, or giving it up, is no fault of the target.</summary>
    public ShadowOutcome UnansweredOutcome(in RequestContext context, FailureReason failure, DropReason givenUp, CloseReason reason)
    {
        var isStopped = reason == CloseReason.LoopStopped || (IsStopping && reason == CloseReason.Closed);
        var drop = givenUp == DropReason.None && isStopped ? DropReason.Shutdown : givenUp;
        return drop == DropReason.None
            ? new ShadowOutcome { Context = context, Result = ShadowResult.Failed, Failure = failure }
            : new ShadowOutcome { Context = context, Result = ShadowResult.Dropped, Drop = drop };
    }

    /// <summary>A request on a connection is over. Takes ownership of the request; a stream is ended by its connection.</summary>
    public void End(in ShadowRequest request, in ShadowOutcome outcome)
    {
        Counters.AddInFlight(-1);
        Settle(outcome);
        request.Message?.Dispose();
    }

    // ── What the two kinds do. ──

    /// <summary>Takes from the queue and starts whatever can be started.</summary>
    private protected abstract void Serve();

    /// <summary>Starts whatever can be started now that a connection is gone.</summary>
    private protected abstract void Serve(ShadowConnection gone);

    /// <summary>Forgets a connection that is closed.</summary>
    private protected abstract void Detach(ShadowConnection connection);

    /// <summary>Fails the request that waited longest for the connection that could not be made, so that a target that is down shows;
    /// unless there are other connections it can have.</summary>
    private protected abstract void FailOldest(ShadowConnection connection, FailureReason failure);

    /// <summary>Drops every request that waits, as <see cref="DropReason.Shutdown"/>.</summary>
    private protected abstract void DropWaiting();

    /// <summary>A new connection belongs to this session now.</summary>
    private protected abstract void Attach(ShadowConnection connection);

    /// <summary>Sends a request for the second time, still counted as in flight. Takes ownership of the request.</summary>
    private protected abstract void Resend(ShadowConnection failed, in ShadowRequest request);

    // ── What they share. ──

    private protected void Open(ShadowSession? session, ShadowRequest? resend)
    {
        var connection = new ShadowConnection(this, session);
        Counters.CountConnect();
        Attach(connection);
        Connector.Open(connection, resend);
    }

    private protected void Begin(ShadowConnection connection, in ShadowRequest request)
    {
        Counters.AddInFlight(1);
        connection.Start(request);
    }

    private protected bool IsExpired(in ShadowRequest request) => Loop.Now - request.OfferedAt > _queueTimeout;

    private protected bool IsWatchingExpiry => _expiryTimer is { IsScheduled: true };

    /// <summary>Has the queue looked at when the oldest waiting request is about to expire.</summary>
    private protected void WatchExpiry(in ShadowRequest oldest)
    {
        var due = TimeSpan.FromTicks(Math.Max(0, (oldest.OfferedAt + _queueTimeout - Loop.Now) / 100) + TimeSpan.TicksPerMillisecond);
        if (_expiryTimer is null)
        {
            _expiryTimer = Loop.Schedule(due, static state => ((Delivery)state!).Advance(), this);
        }
        else if (!_expiryTimer.IsScheduled)
        {
            _expiryTimer.Rearm(due);
        }
    }

    /// <summary>Ends a request that never came to a connection. Takes ownership of the request.</summary>
    private protected void Drop(in ShadowRequest request, DropReason reason) => SettleWaiting(request, new ShadowOutcome
    {
        Context = request.Context,
        Result = ShadowResult.Dropped,
        Drop = reason,
        OfferedAt = request.OfferedAt,
    });

    /// <summary>Ends a request for which no connection could be made. Takes ownership of the request.</summary>
    private protected void Fail(in ShadowRequest request, FailureReason failure) => SettleWaiting(request, new ShadowOutcome
    {
        Context = request.Context,
        Result = ShadowResult.Failed,
        Failure = failure,
        OfferedAt = request.OfferedAt,
    });

    private protected void CheckDrained()
    {
        if (_drained is not { } drained || Queue.Items > 0 || Counters.InFlight > 0)
        {
            return;
        }

        if (Connector.Connections.Count == 0)
        {
            _drained = null;
            _drainTimer?.Cancel();
            drained();
            return;
        }

        IsStopping = true;
        foreach (var connection in Connector.Connections)
        {
            connection.CloseWhenSent();
        }
    }

    private void SettleWaiting(in ShadowRequest request, in ShadowOutcome outcome)
    {
        if (request.Stream is not { } stream)
        {
            Settle(outcome);
            request.Message?.Dispose();
        }
        else if (stream.IsOver)
        {
            Counters.AddWithdrawn(-1);
        }
        else
        {
            stream.End();
            Settle(outcome);
        }
    }

    private void Settle(in ShadowOutcome outcome)
    {
        var ended = outcome with { EndedAt = Clock.GetNanoseconds() };
        Counters.Count(ended);
        _config.Observer?.Invoke(_config, ended);
    }

    private void Advance()
    {
        Serve();
        CheckDrained();
    }

    private void Stop()
    {
        if (_drained is null)
        {
            return;
        }

        IsStopping = true;
        DropWaiting();
        foreach (var connection in Connector.Connections)
        {
            connection.Abort();
        }

        CheckDrained();
    }
}
