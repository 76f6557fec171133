namespace Parallax.Traffic.Tests.Recording;

/// <summary>A clock that stands still until it is told to move.</summary>
internal sealed class ManualClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 3, 1, 12, 34, 56, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
