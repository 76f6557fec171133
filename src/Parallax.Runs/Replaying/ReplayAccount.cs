using Parallax.Recording.Entries;
using Parallax.Shadows.Replay;

namespace Parallax.Runs.Replaying;

/// <summary>Everything the account of a replay is made of.</summary>
/// <remarks>Thread safety: any thread; its parts go on counting while the replay runs.</remarks>
/// <param name="Files">The recordings.</param>
/// <param name="Url">The target.</param>
/// <param name="Selection">What was read of them, and what of it was to be sent.</param>
/// <param name="Replayer">When it was sent.</param>
/// <param name="Target">What became of it.</param>
/// <param name="Losses">What could not be read.</param>
public sealed record ReplayAccount(
    IReadOnlyList<string> Files, string Url, ReplaySelection Selection, Replayer Replayer, ReplayTargetAccount Target,
    RecordingLosses Losses)
{
    /// <summary>Entries that the readers left out, indexed by <see cref="LeftOutReason"/>.</summary>
    public required IReadOnlyList<long> LeftOut { get; init; }

    /// <summary>Requests the account does not explain; 0 at the end.</summary>
    public long Unexplained => Target.Offered - Target.Shadow.Answered - Target.Shadow.Failed.Sum() - Target.AllDropped.Sum();

    /// <summary>Faults of the program itself: 0.</summary>
    public long Faults { get; init; }

    /// <summary>Requests read ahead that were not due before the run was stopped.</summary>
    public long Unsent => Selection.Selected - Target.Offered;
}
