namespace Parallax.Runs.Running;

/// <summary>Events of a run's log that are shown in another way than the rest.</summary>
/// <remarks>Thread safety: constants.</remarks>
public static class RunEvents
{
    /// <summary>A finding in documents. Its text says itself whether it is an error or a warning.</summary>
    public const int Finding = 1;

    /// <summary>A shadow target can no longer be reached. Its text says itself how bad that is.</summary>
    public const int TargetIsDown = 10;
}
