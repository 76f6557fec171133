using Parallax.Capture.Pipeline;
using Parallax.Traffic.Recording;
using Parallax.Traffic.Shadowing;

namespace Parallax.Cli.Output;

/// <summary>All a run has to account for, at one moment.</summary>
/// <param name="Sources">Names of the sources.</param>
/// <param name="Elapsed">How long the run took so far.</param>
/// <param name="Capture">The capturing side.</param>
/// <param name="Mirrors">The shadows' side.</param>
internal sealed record RunAccount(
    IReadOnlyList<string> Sources, TimeSpan Elapsed, CaptureAccount Capture, IReadOnlyList<MirrorAccount> Mirrors)
{
    /// <summary>Requests printed, when printing was asked for; else null.</summary>
    public PrintAccount? Printed { get; init; }

    /// <summary>Exchanges recorded, when recording was asked for; else null.</summary>
    public RecorderAccount? Recording { get; init; }

    /// <summary>Faults of the program itself: 0.</summary>
    public long Faults { get; init; }
}

/// <summary>One mirror's account: received = offered + not matched + not sampled + other methods + Σ dropped by the policy.</summary>
/// <param name="Url">The target.</param>
/// <param name="Received">Requests looked at.</param>
/// <param name="NotMatched">Skipped by a rule.</param>
/// <param name="NotSampled">Skipped by sampling.</param>
/// <param name="OtherMethods">Skipped, because only safe methods are copied.</param>
/// <param name="DroppedByPolicy">Dropped before they were offered, indexed by reason.</param>
/// <param name="Target">What became of those offered.</param>
internal sealed record MirrorAccount(
    string Url,
    long Received,
    long NotMatched,
    long NotSampled,
    long OtherMethods,
    IReadOnlyList<long> DroppedByPolicy,
    ShadowAccount Target)
{
    public static MirrorAccount Of(Mirror mirror) => new(
        mirror.Target.Url.ToString(),
        mirror.Counters.Received,
        mirror.Counters.NotMatched,
        mirror.Counters.NotSampled,
        mirror.Counters.OtherMethods,
        mirror.Counters.Drops.ToArray(),
        mirror.Target.Account);
}

/// <summary>Requests that were to be printed: printed + dropped.</summary>
/// <param name="Printed">Written to standard output.</param>
/// <param name="Dropped">Not written, because the reader of standard output was too slow, or is gone, or writing failed.</param>
/// <param name="Fault">Why writing ended; null while it has not.</param>
internal sealed record PrintAccount(long Printed, long Dropped, IOException? Fault);
