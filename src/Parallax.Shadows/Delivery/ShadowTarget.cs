using System.Diagnostics;
using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>A version of the service that receives shadows: requests are sent on connections of one loop. They are offered on the loop's
/// own thread, or through the <see cref="Inbox"/> from any other.</summary>
/// <remarks>
/// <para>Nothing here makes the one who offers wait. What waits is bounded in requests, bytes and time; connections and answers are
/// bounded; a target that refuses, hangs, resets or answers for ever costs its own requests and nothing else, and is tried again by
/// itself.</para>
/// <para>Thread safety: belongs to the loop's thread. <see cref="Inbox"/>, <see cref="Name"/> and <see cref="Url"/> may be read from
/// any.</para>
/// </remarks>
public sealed class ShadowTarget
{
    private readonly IEventLoop _loop;
    private readonly bool _keepsSessions;
    private readonly Delivery _delivery;

    /// <summary>Creates a target, from any thread. It connects when the first request is there.</summary>
    /// <param name="loop">Its loop. It must outlive the target: see <see cref="ShadowInbox.DrainAsync"/>.</param>
    /// <param name="config">What it is made from.</param>
    /// <exception cref="ArgumentException">There is no address.</exception>
    public ShadowTarget(IEventLoop loop, ShadowTargetConfig config)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(config);
        _loop = loop;
        _keepsSessions = config.Options.KeepSessions;
        _delivery = new Delivery(config, loop);
        Inbox = new ShadowInbox(config, loop, _delivery);
    }

    /// <summary>Its name in the account, in metrics and in the console.</summary>
    public string Name => Inbox.Name;

    /// <summary>Where it is.</summary>
    public ServerUrl Url => Inbox.Url;

    /// <summary>What other threads have of it.</summary>
    public ShadowInbox Inbox { get; }

    /// <summary>Offers a request to be sent: no lock and no wake-up; it leaves in this turn when there is a connection for it. Never
    /// waits.</summary>
    /// <param name="request">A complete request. Its reference is taken over, whatever is returned.</param>
    /// <param name="context">What belongs to it; outcomes give it back.</param>
    /// <returns><see cref="DropReason.None"/> when accepted: one outcome follows. Otherwise why it was dropped; that is counted
    /// already.</returns>
    public DropReason Offer(Message request, in RequestContext context)
    {
        ArgumentNullException.ThrowIfNull(request);
        Debug.Assert(_loop.IsLoopThread);
        _delivery.Counters.CountOfferedOnLoop();
        var refused = ShadowInbox.RefusalOf(request);
        if (refused == DropReason.None)
        {
            refused = _delivery.Offer(new OutgoingRequest(request, context, _loop.Now, WasResent: false));
        }
        else
        {
            _delivery.Counters.Drops.Count(refused);
        }

        if (refused != DropReason.None)
        {
            request.Dispose();
        }

        return refused;
    }

    /// <summary>Asks whether a request would be refused now, so that none need be made for a target that has fallen far behind. A refusal
    /// counts like that of a request offered.</summary>
    /// <param name="leastBytes">What it has at the least, in octets.</param>
    /// <returns>As <see cref="Offer"/> does; <see cref="DropReason.None"/> promises nothing.</returns>
    public DropReason Refuse(long leastBytes)
    {
        Debug.Assert(_loop.IsLoopThread);
        var refused = _delivery.Refuse(leastBytes);
        if (refused != DropReason.None)
        {
            _delivery.Counters.CountOfferedOnLoop();
        }

        return refused;
    }

    /// <summary>Offers a request whose body is still coming. Never waits. Such a request has a connection to itself and is never sent
    /// twice.</summary>
    /// <param name="beginning">The prepared head and what there is of the body. What is built is taken over, whatever is
    /// returned.</param>
    /// <param name="context">What belongs to it; outcomes give it back.</param>
    /// <param name="refused"><see cref="DropReason.None"/> when accepted: one outcome follows. Otherwise why it was dropped; that is
    /// counted already.</param>
    /// <returns>Takes the rest of the body; null when it was dropped.</returns>
    /// <exception cref="ArgumentException">The head is not prepared.</exception>
    /// <exception cref="InvalidOperationException">The target keeps sessions.</exception>
    public RequestStream? OpenStream(ref MessageBuilder beginning, in RequestContext context, out DropReason refused)
    {
        Debug.Assert(_loop.IsLoopThread);
        if (_keepsSessions)
        {
            throw new InvalidOperationException("A target that keeps sessions takes complete requests only.");
        }

        if (!beginning.IsPrepared)
        {
            throw new ArgumentException("A stream begins with a prepared head.", nameof(beginning));
        }

        _delivery.Counters.CountOfferedOnLoop();
        return _delivery.OpenStream(ref beginning, context, out refused);
    }

    /// <summary>Closes the connections that carry nothing; the next request opens another.</summary>
    public void CloseIdle() => _delivery.CloseIdle();

    /// <summary>As <see cref="ShadowInbox.DrainAsync"/>, with a callback on the loop.</summary>
    /// <param name="deadline">How long finishing may take.</param>
    /// <param name="drained">Called on the loop's thread once every request is settled and every connection closed; may be before this
    /// returns.</param>
    public void Drain(TimeSpan deadline, Action drained)
    {
        _delivery.Queue.Complete();
        _delivery.Drain(deadline, drained);
    }
}
