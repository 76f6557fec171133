using System.Diagnostics;
using System.Net;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>A version of the service that receives shadows: requests are offered from any thread, or more cheaply on the loop's own, and
/// sent on connections of one loop.</summary>
/// <remarks>
/// <para>Nothing here makes the one who offers wait. What waits is bounded in requests, bytes and time; connections and answers are
/// bounded; a target that refuses, hangs, resets or answers for ever costs its own requests and nothing else, and is tried again by
/// itself.</para>
/// <para>offered = answered + Σ failed(reason) + Σ dropped(reason) + queued + in flight, see <see cref="Account"/>.</para>
/// <para>Thread safety: any thread, but for <see cref="OfferOnLoop"/>, <see cref="RefuseOnLoop"/> and <see cref="OpenStream"/>.</para>
/// </remarks>
public sealed class ShadowTarget
{
    private readonly IEventLoop _loop;
    private readonly Delivery _delivery;
    private readonly ShadowCounters _counters = new();

    /// <summary>Creates a target. It connects when the first request is there.</summary>
    /// <param name="loop">Its loop; one that speaks TLS for an https URL. It must outlive the target: see <see cref="DrainAsync"/>.</param>
    /// <param name="config">What it is made from.</param>
    /// <exception cref="ArgumentException">There is no address.</exception>
    public ShadowTarget(IEventLoop loop, ShadowTargetConfig config)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(config);
        RequireAddress(config.Addresses);
        _loop = loop;
        Name = config.Name;
        Url = config.Url;
        _delivery = config.Options.KeepSessions
            ? new SessionDelivery(config, loop, _counters)
            : new PooledDelivery(config, loop, _counters);
    }

    /// <summary>Its name in the account, in metrics and in the console.</summary>
    public string Name { get; }

    /// <summary>Where it is.</summary>
    public ShadowUrl Url { get; }

    /// <summary>The addresses of the URL's host. Connections made from now on go to the new ones; those open stay.</summary>
    /// <exception cref="ArgumentException">Set to an empty list.</exception>
    public IReadOnlyList<IPEndPoint> Addresses
    {
        get => _delivery.Connector.Addresses;
        set
        {
            RequireAddress(value);
            _delivery.Connector.Addresses = value;
        }
    }

    /// <summary>Where every request offered so far has gone.</summary>
    public ShadowAccount Account => _counters.Read(Name, _delivery.Queue.Items);

    /// <summary>True when half of what may wait is waiting. Who reads from something that can wait (a file) stops offering then.</summary>
    public bool IsBusy => _delivery.Queue.IsHalfFull;

    /// <summary>True while requests wait or are in flight.</summary>
    public bool HasWork => _delivery.Queue.Items > 0 || _counters.InFlight > 0;

    /// <summary>How long every attempt has failed, with no connection left and nothing answered; zero when the target is not known to be
    /// down.</summary>
    public TimeSpan DownFor =>
        _delivery.Connector.DownSince is { } since ? TimeSpan.FromTicks((_loop.Clock.GetNanoseconds() - since) / 100) : TimeSpan.Zero;

    /// <summary>Offers a request to be sent. Never waits.</summary>
    /// <param name="request">A complete request; retained when it is accepted, the caller's own reference stays the caller's.</param>
    /// <param name="context">What belongs to it; outcomes give it back.</param>
    /// <param name="wakes">False when the caller will call <see cref="Wake"/> soon, for several requests at once.</param>
    /// <returns><see cref="DropReason.None"/> when accepted: one outcome follows. Otherwise why it was dropped; that is counted
    /// already.</returns>
    public DropReason Offer(Message request, in RequestContext context, bool wakes = true)
    {
        ArgumentNullException.ThrowIfNull(request);
        _counters.CountOffered();
        var refused = RefusalOf(request);
        if (refused != DropReason.None)
        {
            _counters.Drops.Count(refused);
            return refused;
        }

        var shadow = new ShadowRequest(request.Retain(), context, _loop.Clock.GetNanoseconds(), WasResent: false);
        refused = _delivery.Queue.Offer(shadow, request.RawOctets, wakes);
        if (refused != DropReason.None)
        {
            request.Dispose();
        }

        return refused;
    }

    /// <summary>Has the requests sent that were offered without waking.</summary>
    public void Wake() => _delivery.Queue.Wake();

    /// <summary>Offers a request to be sent, on the loop's own thread: no lock and no wake-up; it leaves in this turn when there is a
    /// connection for it. Never waits.</summary>
    /// <param name="request">A complete request. Its reference is taken over, whatever is returned.</param>
    /// <param name="context">What belongs to it; outcomes give it back.</param>
    /// <returns>As <see cref="Offer"/> does.</returns>
    public DropReason OfferOnLoop(Message request, in RequestContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        Debug.Assert(_loop.IsLoopThread);
        _counters.CountOfferedOnLoop();
        var refused = RefusalOf(request);
        if (refused == DropReason.None)
        {
            refused = _delivery.Offer(new ShadowRequest(request, context, _loop.Now, WasResent: false));
        }
        else
        {
            _counters.Drops.Count(refused);
        }

        if (refused != DropReason.None)
        {
            request.Dispose();
        }

        return refused;
    }

    /// <summary>Asks, on the loop's own thread, whether a request would be refused now, so that none need be made for a target that has
    /// fallen far behind. A refusal counts like that of a request offered.</summary>
    /// <param name="leastBytes">What it has at the least, in octets.</param>
    /// <returns>As <see cref="Offer"/> does; <see cref="DropReason.None"/> promises nothing.</returns>
    public DropReason RefuseOnLoop(long leastBytes)
    {
        Debug.Assert(_loop.IsLoopThread);
        var refused = _delivery.Refuse(leastBytes);
        if (refused != DropReason.None)
        {
            _counters.CountOfferedOnLoop();
        }

        return refused;
    }

    /// <summary>Offers a request whose body is still coming, on the loop's own thread. Never waits. Such a request has a connection to
    /// itself and is never sent twice.</summary>
    /// <param name="beginning">The prepared head and what there is of the body. What is built is taken over, whatever is
    /// returned.</param>
    /// <param name="context">What belongs to it; outcomes give it back.</param>
    /// <param name="refused"><see cref="DropReason.None"/> when accepted: one outcome follows. Otherwise why it was dropped; that is
    /// counted already.</param>
    /// <returns>Takes the rest of the body; null when it was dropped.</returns>
    /// <exception cref="ArgumentException">The head is not prepared.</exception>
    /// <exception cref="InvalidOperationException">The target keeps sessions.</exception>
    public ShadowStream? OpenStream(ref MessageBuilder beginning, in RequestContext context, out DropReason refused)
    {
        Debug.Assert(_loop.IsLoopThread);
        if (_delivery is SessionDelivery)
        {
            throw new InvalidOperationException("A target that keeps sessions takes complete requests only.");
        }

        if (!beginning.IsPrepared)
        {
            throw new ArgumentException("A stream begins with a prepared head.", nameof(beginning));
        }

        _counters.CountOfferedOnLoop();
        var stream = new ShadowStream(_delivery, ref beginning, context, _loop.Now);
        refused = _delivery.Offer(stream.Request);
        if (refused == DropReason.None)
        {
            return stream;
        }

        stream.End();
        return null;
    }

    /// <summary>Tells that a captured connection is over: the session's connection is closed after its last request. Does nothing for a
    /// target that keeps no sessions.</summary>
    public void EndSession(long session) => (_delivery as SessionDelivery)?.EndSession(session);

    /// <summary>Closes, on the loop's own thread, the connections that carry nothing; the next request opens another.</summary>
    public void CloseIdleOnLoop() => _delivery.CloseIdle();

    /// <summary>Takes no more requests, finishes those queued and in flight, and drops as shutdown what is left after the deadline. To be
    /// called before the loop is stopped; when it is called again, the later deadline holds.</summary>
    /// <param name="deadline">How long finishing may take.</param>
    /// <returns>The final account, once every request is settled and every connection closed.</returns>
    public Task<ShadowAccount> DrainAsync(TimeSpan deadline)
    {
        _delivery.Queue.Complete();
        var drained = new TaskCompletionSource<ShadowAccount>(TaskCreationOptions.RunContinuationsAsynchronously);
        var isPosted = _loop.Post(_ => _delivery.Drain(deadline, () => drained.TrySetResult(Account)), null);
        if (!isPosted)
        {
            // The loop has stopped, so its part is ours to finish.
            _delivery.Abandon();
            drained.TrySetResult(Account);
        }

        return drained.Task;
    }

    /// <summary>The same on the loop's thread, for somebody who is told there.</summary>
    /// <param name="deadline">How long finishing may take.</param>
    /// <param name="drained">Called on the loop's thread once every request is settled and every connection closed; may be before this
    /// returns.</param>
    public void DrainOnLoop(TimeSpan deadline, Action drained)
    {
        _delivery.Queue.Complete();
        _delivery.Drain(deadline, drained);
    }

    // Half a request must never be sent: it could mean something else, or hang the connection.
    private static DropReason RefusalOf(Message request)
    {
        if (request.IsTruncated)
        {
            return DropReason.BodyTruncated;
        }

        return request.IsIncomplete || request.HeadOctets.IsEmpty ? DropReason.RequestIncomplete : DropReason.None;
    }

    private static void RequireAddress(IReadOnlyList<IPEndPoint> addresses)
    {
        if (addresses.Count == 0)
        {
            throw new ArgumentException("A target needs at least one address.", nameof(addresses));
        }
    }
}
