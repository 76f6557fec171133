using System.Globalization;
using Parallax.Capture.Sources;

namespace Parallax.Cli.Output;

/// <summary>How a run is going, in one line.</summary>
internal static class ProgressText
{
    public static string Of(RunAccount account, IEnumerable<IPacketSource> sources)
    {
        var capture = account.Capture;
        var line = $"{account.Elapsed:hh\\:mm\\:ss}{string.Concat(sources.OfType<PcapFileSource>().Select(Read))}  "
            + $"{AccountText.N(capture.Packets)} packets  {AccountText.N(capture.RequestsSeen)} requests";
        foreach (var mirror in account.Mirrors)
        {
            var target = mirror.Target;
            line += $"  {target.Target}: {AccountText.N(target.Answered)} answered, {AccountText.N(target.Failed.Sum())} failed, "
                + $"{AccountText.N(target.Dropped.Sum())} dropped, {AccountText.N(target.Queued + target.InFlight)} under way";
        }

        return capture.Losses.Kernel > 0 ? $"{line}  LOST by the kernel {AccountText.N(capture.Losses.Kernel)}" : line;
    }

    private static string Read(PcapFileSource source)
    {
        var length = source.Length;
        return length > 0
            ? "  " + ((double)source.ReadOctets / length).ToString("P0", CultureInfo.InvariantCulture) + " read"
            : $"  {AccountText.Size(source.ReadOctets)} read";
    }
}
