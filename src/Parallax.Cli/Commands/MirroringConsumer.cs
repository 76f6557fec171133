using Parallax.Capture.Pipeline;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Shadowing;

namespace Parallax.Cli.Commands;

/// <summary>Offers each request of one shard to the mirrors and the printer.</summary>
/// <param name="shadows">The mirrors.</param>
/// <param name="printer">Prints requests; null when none are printed.</param>
/// <param name="pool">The memory of messages.</param>
/// <param name="mayWait">True when requests come from a file, which can wait for the targets.</param>
/// <param name="stop">Ends the waiting.</param>
internal sealed class MirroringConsumer(
    ShadowSetup shadows, RequestPrinter? printer, OctetPool pool, bool mayWait, CancellationToken stop) : ExchangeConsumer
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(1);

    private readonly MirrorSet _mirrors = shadows.NewSet();
    private readonly OutOfBandMirrors? _routed = shadows.NewRoutedSet(pool);

    public override bool TakesExchanges => false;

    public override void OnRequest(Message request, in RequestContext context)
    {
        if (mayWait)
        {
            WaitForRoom();
        }

        _mirrors.Offer(request, context);
        _routed?.Offer(request, context);
        printer?.Offer(request, context);
    }

    public override void OnExchange(Exchange exchange)
    {
    }

    public override void OnSessionEnded(long session)
    {
        foreach (var mirror in shadows.Mirrors)
        {
            mirror.Target.EndSession(session);
        }
    }

    /// <summary>A file can wait, so nothing is dropped for want of room.</summary>
    private void WaitForRoom()
    {
        while (!stop.IsCancellationRequested
            && shadows.Mirrors.Any(mirror => mirror.Target.IsBusy || (pool.RentedBytes > pool.LimitBytes / 2 && mirror.Target.HasWork)))
        {
            stop.WaitHandle.WaitOne(LookAgain);
        }
    }
}
