using Parallax.Capture.Pipeline;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Recording.Files;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;

namespace Parallax.Runs.Capturing;

/// <summary>Offers each request of one shard to the mirrors, and each exchange to the recorder and who else takes them.</summary>
/// <param name="shadows">The mirrors.</param>
/// <param name="exchanges">Takes exchanges besides the recorder; null for nobody.</param>
/// <param name="pool">The memory of messages.</param>
/// <param name="mayWait">True when requests come from a file, which can wait for the targets.</param>
/// <param name="stop">Ends the waiting.</param>
internal sealed class MirroringConsumer(
    ShadowTargets shadows, IExchangeSink? exchanges, OctetPool pool, bool mayWait, CancellationToken stop) : ExchangeConsumer
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(1);

    // All mirrors share it, those of --to and those of documents.
    private readonly SampleDraw _draw = shadows.NewDraw();
    private readonly MirrorSet _mirrors = shadows.NewSet();
    private readonly OutOfBandMirrors? _routed = shadows.NewRoutedSet(pool);

    /// <summary>Records exchanges; null when none are recorded.</summary>
    public Recorder? Recorder { get; init; }

    /// <summary>Has exchanges recorded with their shadows; null when they are recorded without, or not at all.</summary>
    public AwaitedShadows? Awaited { get; init; }

    /// <summary>By which the rates of mirrors are kept; the system's by default.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>How long a target may be down before a file no longer waits for it, and what finds no room is dropped. 10 s by
    /// default.</summary>
    public TimeSpan DownPatience { get; init; } = TimeSpan.FromSeconds(10);

    public override bool TakesExchanges => Recorder is not null || exchanges is not null;

    public override void OnRequest(Message request, in RequestContext context)
    {
        if (mayWait)
        {
            WaitForRoom();
        }

        var known = request.HeadOctets.IsEmpty ? default : KnownOf(request, context);
        Awaited?.Begin(context.ExchangeId);
        var shadows = _mirrors.Offer(request, context, known) + (_routed?.Offer(request, context, known) ?? 0);
        Awaited?.Expect(context.ExchangeId, shadows);
        exchanges?.Announce(request, context);
    }

    public override void OnExchange(Exchange exchange)
    {
        if (Awaited is null)
        {
            Recorder?.Offer(exchange);
        }
        else
        {
            Awaited.Offer(exchange);
        }

        exchanges?.Offer(exchange);
    }

    public override void OnSessionEnded(long session)
    {
        foreach (var mirror in shadows.Mirrors)
        {
            mirror.Target.EndSession(session);
        }
    }

    public override void OnBatchEnd()
    {
        _mirrors.Wake();
        _routed?.Wake();
    }

    private MirrorContext KnownOf(Message request, in RequestContext context)
    {
        var draw = _draw.Next(request.Head, request.HeadOctets, context.Client.Address);
        return MirrorContext.Of(request.Head, request.HeadOctets, shadows.Mark, draw, Clock.GetNanoseconds());
    }

    /// <summary>A file can wait, so nothing is dropped for want of room, unless its target is down.</summary>
    private void WaitForRoom()
    {
        while (!stop.IsCancellationRequested
            && (Recorder is { IsHalfFull: true } || Awaited is { IsHalfFull: true }
                || shadows.Mirrors.Any(mirror => NeedsTime(mirror.Target, pool))))
        {
            OnBatchEnd();
            stop.WaitHandle.WaitOne(LookAgain);
        }
    }

    private bool NeedsTime(ShadowInbox target, OctetPool pool) =>
        (target.IsBusy || (pool.RentedBytes > pool.LimitBytes / 2 && target.HasWork)) && target.DownFor < DownPatience;
}
