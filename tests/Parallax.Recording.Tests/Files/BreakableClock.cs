using Microsoft.Extensions.Time.Testing;

namespace Parallax.Recording.Tests.Files;

/// <summary>A clock that a test moves, and whose date fails or hangs as a disk would when the test wants it to.</summary>
internal sealed class BreakableClock() : FakeTimeProvider(new DateTimeOffset(2026, 3, 1, 12, 34, 56, TimeSpan.Zero))
{
    /// <summary>What it fails with when it is asked for the date; null as long as it works.</summary>
    public Exception? Fault { get; set; }

    /// <summary>What it waits for when it is asked for the date, as a disk that hangs; null as long as it works.</summary>
    public WaitHandle? HangsUntil { get; set; }

    /// <summary>True once somebody waits for that.</summary>
    public bool IsHanging { get; private set; }

    public override DateTimeOffset GetUtcNow()
    {
        IsHanging = HangsUntil is not null;
        HangsUntil?.WaitOne();
        return Fault is { } fault ? throw fault : base.GetUtcNow();
    }

    // The package's own would ask for the date.
    public override long GetTimestamp() => base.GetUtcNow().Ticks;
}
