using Parallax.Capture.Pipeline;
using Parallax.Reactor.Connections;
using Parallax.Recording.Files;
using Parallax.Runs.Meters;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Counters;

namespace Parallax.Runs.Capturing;

/// <summary>All a capture has to account for, at one moment.</summary>
/// <remarks>Thread safety: immutable.</remarks>
/// <param name="Sources">Names of the sources.</param>
/// <param name="Elapsed">How long the run took so far.</param>
/// <param name="Capture">The capturing side.</param>
/// <param name="Mirrors">The shadows' side.</param>
public sealed record CaptureRunAccount(
    IReadOnlyList<string> Sources, TimeSpan Elapsed, CaptureAccount Capture, IReadOnlyList<MirroredAccount> Mirrors)
{
    /// <summary>Exchanges recorded, when recording was asked for; else null.</summary>
    public RecorderAccount? Recording { get; init; }

    /// <summary>How late the loop of the targets was; null without mirrors.</summary>
    public LoopLag? Lag { get; init; }

    /// <summary>Faults of the program itself: 0.</summary>
    public long Faults { get; init; }

    /// <summary>The same as metrics.</summary>
    public IEnumerable<Metric> Metrics =>
    [
        .. CaptureTable.All.Read(Capture),
        .. RunMetrics.OfMirrors(Mirrors.Select(mirror => mirror.Policy)),
        .. RunMetrics.OfShadows(Mirrors.Select(mirror => mirror.Target)),
        RunMetrics.OfFaults(Faults),
        .. Lag is null ? (Metric[])[] : [RunMetrics.OfLag(Lag)],
        .. RunMetrics.OfProcess(Elapsed),
        .. RunMetrics.OfRecording(Recording),
    ];
}

/// <summary>One mirror's account.</summary>
/// <remarks>Thread safety: immutable.</remarks>
/// <param name="Policy">What its policy decided.</param>
/// <param name="Target">What became of the requests offered.</param>
public sealed record MirroredAccount(MirrorAccount Policy, ShadowAccount Target)
{
    /// <summary>The account of a mirror as it stands.</summary>
    public static MirroredAccount Of(Mirror mirror)
    {
        var target = mirror.Target.Account;
        return new(mirror.Counters.AccountOf(target.Target, mirror.Target.Url.ToString(), target.Offered), target);
    }
}
