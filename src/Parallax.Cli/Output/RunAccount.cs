using Parallax.Capture.Pipeline;
using Parallax.Recording.Files;
using Parallax.Shadows.Delivery;

namespace Parallax.Cli.Output;

/// <summary>All a run has to account for, at one moment.</summary>
/// <param name="Sources">Names of the sources.</param>
/// <param name="Elapsed">How long the run took so far.</param>
/// <param name="Capture">The capturing side.</param>
/// <param name="Mirrors">The shadows' side.</param>
internal sealed record RunAccount(
    IReadOnlyList<string> Sources, TimeSpan Elapsed, CaptureAccount Capture, IReadOnlyList<MirroredAccount> Mirrors)
{
    /// <summary>Requests printed, when printing was asked for; else null.</summary>
    public PrintAccount? Printed { get; init; }

    /// <summary>Exchanges recorded, when recording was asked for; else null.</summary>
    public RecorderAccount? Recording { get; init; }

    /// <summary>Faults of the program itself: 0.</summary>
    public long Faults { get; init; }
}

/// <summary>One mirror's account.</summary>
/// <param name="Policy">What its policy decided.</param>
/// <param name="Target">What became of the requests offered.</param>
internal sealed record MirroredAccount(MirrorAccount Policy, ShadowAccount Target)
{
    public static MirroredAccount Of(Mirror mirror)
    {
        var target = mirror.Target.Account;
        return new(mirror.Counters.AccountOf(target.Target, mirror.Target.Url.ToString(), target.Offered), target);
    }
}

/// <summary>Requests that were to be printed: printed + dropped.</summary>
/// <param name="Printed">Written to standard output.</param>
/// <param name="Dropped">Not written, because the reader of standard output was too slow, or is gone, or writing failed.</param>
/// <param name="Fault">Why writing ended; null while it has not.</param>
internal sealed record PrintAccount(long Printed, long Dropped, IOException? Fault);
