namespace Parallax.Shadows.Replay;

/// <summary>When the entries of a recording are sent.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ReplayPace
{
    /// <summary>How many times faster than recorded; 1 by default; above 0. Not looked at with <see cref="RatePerSecond"/>.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>Requests a second, evenly spaced, whatever was recorded; null, the default, keeps the recorded spacing.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>The longest pause of the recorded spacing, at the full pace; a longer one is cut to it. Null, the default, cuts none.
    /// </summary>
    public TimeSpan? MaxGap { get; init; }

    /// <summary>How long the pace takes to grow evenly from nothing to the full one; zero, the default, begins with the full one.</summary>
    public TimeSpan Ramp { get; init; }

    /// <summary>True sends as fast as requests are answered, with a bound on how many are in flight; the rest of the pace is not looked
    /// at. False by default.</summary>
    public bool IsUnpaced { get; init; }
}
