using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>The requests of a target that wait for a connection, and how long they may.</summary>
/// <remarks>Thread safety: belongs to the loop's thread, but for the producers' side of <see cref="Queue"/> and
/// <see cref="Wake"/>.</remarks>
internal sealed class WaitingRequests
{
    private readonly IEventLoop _loop;
    private readonly Action _serve;
    private readonly long _timeout;
    private LoopTimer? _timer;

    /// <param name="options">How many may wait, and how long.</param>
    /// <param name="loop">The loop.</param>
    /// <param name="drops">Counts what finds no room.</param>
    /// <param name="serve">Looks at the queue; called on the loop's thread.</param>
    public WaitingRequests(ShadowOptions options, IEventLoop loop, DropCounters drops, Action serve)
    {
        _loop = loop;
        _serve = serve;
        _timeout = (long)Math.Min(options.QueueTimeout.TotalNanoseconds, long.MaxValue / 4);
        Queue = new BoundedQueue<OutgoingRequest>(options.QueueItems, options.QueueBytes, drops, Wake);
    }

    /// <summary>The way in.</summary>
    public BoundedQueue<OutgoingRequest> Queue { get; }

    /// <summary>True while the queue will be looked at for a request that expires.</summary>
    public bool IsWatching => _timer is { IsScheduled: true };

    /// <summary>Puts a request at the end.</summary>
    /// <returns>Why there is no room; that is counted already, and the request stays the caller's.</returns>
    public DropReason Offer(in OutgoingRequest request) => Queue.Offer(request, request.RawOctets);

    /// <summary>Has the queue looked at, from any thread.</summary>
    public void Wake() => _loop.Post(static serve => ((Action)serve!)(), _serve);

    /// <summary>Whether a request has waited too long.</summary>
    public bool IsExpired(in OutgoingRequest request) => _loop.Now - request.OfferedAt > _timeout;

    /// <summary>Has the queue looked at when the oldest request is about to expire.</summary>
    public void Watch(in OutgoingRequest oldest)
    {
        var due = TimeSpan.FromTicks(Math.Max(0, (oldest.OfferedAt + _timeout - _loop.Now) / 100) + TimeSpan.TicksPerMillisecond);
        if (_timer is null)
        {
            _timer = _loop.Schedule(due, static serve => ((Action)serve!)(), _serve);
        }
        else if (!_timer.IsScheduled)
        {
            _timer.Rearm(due);
        }
    }
}
