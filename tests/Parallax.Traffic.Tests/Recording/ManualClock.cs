namespace Parallax.Traffic.Tests.Recording;

/// <summary>A clock that stands still until it is told to move.</summary>
internal sealed class ManualClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 34, 56, TimeSpan.Zero);

    /// <summary>What it fails with when it is asked; null as long as it works.</summary>
    public Exception? Fault { get; set; }

    public override DateTimeOffset GetUtcNow() => Fault is { } fault ? throw fault : Now;
}
