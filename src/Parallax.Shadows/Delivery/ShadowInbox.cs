using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>What other threads have of a <see cref="ShadowTarget"/>: requests are put into its queue, and what became of them is
/// read.</summary>
/// <remarks>
/// <para>offered = answered + Σ failed(reason) + Σ dropped(reason) + queued + in flight, see <see cref="Account"/>.</para>
/// <para>Thread safety: any thread.</para>
/// </remarks>
public sealed class ShadowInbox
{
    private readonly IEventLoop _loop;
    private readonly Delivery _delivery;

    internal ShadowInbox(ShadowTargetConfig config, IEventLoop loop, Delivery delivery)
    {
        _loop = loop;
        _delivery = delivery;
        Name = config.Name;
        Url = config.Url;
        QueueTimeout = config.Options.QueueTimeout;
    }

    /// <summary>The target's name in the account, in metrics and in the console.</summary>
    public string Name { get; }

    /// <summary>Where the target is.</summary>
    public ServerUrl Url { get; }

    /// <summary>How long a request may wait for a connection.</summary>
    public TimeSpan QueueTimeout { get; }

    /// <summary>Where every request offered so far has gone.</summary>
    public ShadowAccount Account => _delivery.Counters.Read(Name, _delivery.Queue.Items, _delivery.Connector.Pool.Opened);

    /// <summary>True when half of what may wait is waiting. A producer that can wait (a file) stops offering then.</summary>
    public bool IsBusy => _delivery.Queue.IsHalfFull;

    /// <summary>True while requests wait or are in flight.</summary>
    public bool HasWork => _delivery.Queue.Items > 0 || _delivery.Counters.InFlight > 0;

    /// <summary>How long every attempt has failed, with no connection left and nothing answered; zero when the target is not known to be
    /// down.</summary>
    public TimeSpan DownFor =>
        _delivery.Connector.DownSince is { } since ? TimeSpan.FromTicks((_loop.Clock.GetNanoseconds() - since) / 100) : TimeSpan.Zero;

    /// <summary>How the latest attempt failed; says something only while <see cref="DownFor"/> does.</summary>
    public FailureReason DownBecause => _delivery.Connector.DownBecause;

    /// <summary>Why requests that wait are dropped when the run ends: shutdown, or that the target is down.</summary>
    public DropReason ReasonToStop => _delivery.Connector.ReasonToStop;

    /// <summary>Offers a request to be sent. Never waits.</summary>
    /// <param name="request">A complete request; retained when it is accepted, the caller's own reference stays the caller's.</param>
    /// <param name="context">What belongs to it; outcomes give it back.</param>
    /// <param name="wakes">False when the caller will call <see cref="Wake"/> soon, for several requests at once.</param>
    /// <returns><see cref="DropReason.None"/> when accepted: one outcome follows. Otherwise why it was dropped; that is counted
    /// already.</returns>
    public DropReason Offer(Message request, in RequestContext context, bool wakes = true)
    {
        ArgumentNullException.ThrowIfNull(request);
        _delivery.Counters.CountOffered();
        var refused = RefusalOf(request);
        if (refused != DropReason.None)
        {
            _delivery.Counters.Drops.Count(refused);
            return refused;
        }

        var outgoing = new OutgoingRequest(request.Retain(), context, _loop.Clock.GetNanoseconds(), WasResent: false);
        refused = _delivery.Queue.Offer(outgoing, request.RawOctets, wakes);
        if (refused != DropReason.None)
        {
            request.Dispose();
        }

        return refused;
    }

    /// <summary>Has the requests sent that were offered without waking.</summary>
    public void Wake() => _delivery.Queue.Wake();

    /// <summary>A captured connection is over: the session's connection is closed after its last request. Does nothing for a
    /// target that keeps no sessions.</summary>
    public void EndSession(long session) => _delivery.EndSession(session);

    /// <summary>Takes no more requests, finishes those queued and in flight, and drops what is left after the deadline, for
    /// <see cref="ReasonToStop"/>. To be
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

    // Half a request must never be sent: it could mean something else, or hang the connection.
    internal static DropReason RefusalOf(Message request)
    {
        if (request.IsTruncated)
        {
            return DropReason.BodyTruncated;
        }

        return request.IsIncomplete || request.HeadOctets.IsEmpty ? DropReason.RequestIncomplete : DropReason.None;
    }
}
