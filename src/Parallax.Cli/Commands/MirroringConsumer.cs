using Parallax.Capture.Pipeline;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Recording;
using Parallax.Traffic.Shadowing;

namespace Parallax.Cli.Commands;

/// <summary>Offers each request of one shard to the mirrors and the printer, and each exchange to the recorder.</summary>
/// <param name="shadows">The mirrors.</param>
/// <param name="printer">Prints requests; null when none are printed.</param>
/// <param name="waitsFor">The memory of messages when requests come from a file, which can wait for the targets; else null.</param>
/// <param name="stop">Ends the waiting.</param>
internal sealed class MirroringConsumer(ShadowSetup shadows, RequestPrinter? printer, OctetPool? waitsFor, CancellationToken stop)
    : ExchangeConsumer
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(1);

    private readonly MirrorSet _mirrors = shadows.NewSet();

    /// <summary>Records exchanges; null when none are recorded.</summary>
    public Recorder? Recorder { get; init; }

    /// <summary>How long a target may be down before a file does not wait for it any more, and what finds no room is dropped. 10 s by
    /// default.</summary>
    public TimeSpan DownPatience { get; init; } = TimeSpan.FromSeconds(10);

    public override bool TakesExchanges => Recorder is not null;

    public override void OnRequest(Message request, in RequestContext context)
    {
        if (waitsFor is not null)
        {
            WaitForRoom(waitsFor);
        }

        _mirrors.Offer(request, context, wakes: false);
        printer?.Offer(request, context);
    }

    public override void OnExchange(Exchange exchange) => Recorder?.Offer(exchange);

    public override void OnSessionEnded(long session)
    {
        foreach (var mirror in shadows.Mirrors)
        {
            mirror.Target.EndSession(session);
        }
    }

    public override void OnBatchEnd() => _mirrors.Wake();

    /// <summary>A file can wait, so nothing is dropped for want of room, unless its target is down.</summary>
    private void WaitForRoom(OctetPool pool)
    {
        while (!stop.IsCancellationRequested
            && (Recorder is { IsHalfFull: true } || shadows.Mirrors.Any(mirror => NeedsTime(mirror.Target, pool))))
        {
            _mirrors.Wake();
            stop.WaitHandle.WaitOne(LookAgain);
        }
    }

    private bool NeedsTime(ShadowTarget target, OctetPool pool) =>
        (target.IsBusy || (pool.RentedBytes > pool.LimitBytes / 2 && target.HasWork)) && target.DownFor < DownPatience;
}
