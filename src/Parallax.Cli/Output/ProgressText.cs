using System.Globalization;
using Parallax.Capture.Sources;
using Parallax.Runs.Capturing;
using Parallax.Runs.Running;
using Parallax.Shadows.Delivery;

namespace Parallax.Cli.Output;

/// <summary>How a run is going, in one line.</summary>
internal static class ProgressText
{
    public static string Of(CaptureRunAccount account, IEnumerable<IPacketSource> sources)
    {
        var capture = account.Capture;
        var line = $"{account.Elapsed:hh\\:mm\\:ss}{string.Concat(sources.OfType<PcapFileSource>().Select(Read))}  "
            + $"{NumberText.Count(capture.Packets)} packets  {NumberText.Count(capture.RequestsSeen)} requests";
        line += capture.Losses.Kernel > 0 ? $"  LOST by the kernel {NumberText.Count(capture.Losses.Kernel)}" : "";

        // A narrow terminal cuts the line: what goes wrong comes first.
        return account.Mirrors.Select(mirror => mirror.Target)
            .OrderByDescending(target => target.Failed.Sum() + target.Dropped.Sum())
            .Aggregate(line, (before, target) => $"{before}  {Of(target)}");
    }

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
