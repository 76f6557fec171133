using System.Globalization;
using Parallax.Capture.Sources;
using Parallax.Proxy.Accounts;
using Parallax.Runs.Capturing;
using Parallax.Runs.Running;
using Parallax.Shadows.Delivery;

namespace Parallax.Cli.Output;

/// <summary>How a run is going, in one line.</summary>
internal static class ProgressText
{
    /// <summary>Of a capture.</summary>
    public static string Of(CaptureRunAccount account, IEnumerable<IPacketSource> sources)
    {
        var (capture, targets) = (account.Capture, account.Mirrors.Select(mirror => mirror.Target).ToList());
        return $"{account.Elapsed:hh\\:mm\\:ss}{string.Concat(sources.OfType<PcapFileSource>().Select(Read))}{Sum(targets)}"
            + (capture.Losses.Kernel > 0 ? $"  LOST by the kernel {NumberText.Count(capture.Losses.Kernel)}" : "")
            + $"  {NumberText.Count(capture.Packets)} packets  {NumberText.Count(capture.RequestsSeen)} requests{Details(targets)}";
    }

    /// <summary>Of a proxy.</summary>
    public static string Of(ProxyAccount account, TimeSpan elapsed) =>
        $"{elapsed:hh\\:mm\\:ss}  {NumberText.Count(account.Requests)} requests, " + string.Join(", ", new[]
        {
            $"{NumberText.Count(account.Answered.Sum())} answered", Counted(account.Unanswered, "unanswered"),
            Counted(account.InFlight, "in flight"),
        }.OfType<string>()) + Sum(account.Shadows) + Details(account.Shadows);

    // A narrow terminal cuts the line: the sum of all targets comes first, then what goes wrong.
    private static string Sum(IReadOnlyList<ShadowAccount> targets) => targets.Count switch
    {
        0 => "",
        1 => $"  {Of(targets[0])}",
        var count => $"  {Of(targets.Aggregate((sum, each) => sum.Plus(each)) with { Target = $"{count} targets" })}",
    };

    private static string Details(IReadOnlyList<ShadowAccount> targets) => targets.Count < 2 ? ""
        : string.Concat(targets.OrderByDescending(target => target.Failed.Sum() + target.Dropped.Sum())
            .Select(target => $"  {Of(target)}"));

    private static string Of(ShadowAccount target) => string.Join(", ", new[]
    {
        $"{target.Target}: {NumberText.Count(target.Answered)} answered", Counted(target.Failed.Sum(), "failed"),
        Counted(target.Dropped.Sum(), "dropped"), Counted(target.Queued + target.InFlight, "in flight"),
    }.OfType<string>());

    private static string? Counted(long count, string what) => count > 0 ? $"{NumberText.Count(count)} {what}" : null;

    private static string Read(PcapFileSource source)
    {
        var wait = source.NextIn is { TotalSeconds: >= 1 } next
            ? $", next packet in {NumberText.Time((long)next.TotalNanoseconds)}"
            : "";
        return source.Length > 0
            ? $"  {((double)source.ReadOctets / source.Length).ToString("P0", CultureInfo.InvariantCulture)} read{wait}"
            : $"  {NumberText.Size(source.ReadOctets)} read{wait}";
    }
}
