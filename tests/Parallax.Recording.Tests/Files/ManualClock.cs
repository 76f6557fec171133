namespace Parallax.Recording.Tests.Files;

/// <summary>A clock that stands still until it is told to move.</summary>
internal sealed class ManualClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 34, 56, TimeSpan.Zero);

    /// <summary>What it fails with when it is asked; null as long as it works.</summary>
    public Exception? Fault { get; set; }

    /// <summary>What it waits for when it is asked, as a disk that hangs; null as long as it works.</summary>
    public WaitHandle? HangsUntil { get; set; }

    /// <summary>True once somebody waits for that.</summary>
    public bool IsHanging { get; private set; }

    public override DateTimeOffset GetUtcNow()
    {
        IsHanging = HangsUntil is not null;
        HangsUntil?.WaitOne();
        return Fault is { } fault ? throw fault : Now;
    }
}
