using Parallax.Wire;

namespace Parallax.Shadows.Replay;

/// <summary>When a <see cref="Replayer"/> sends.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ReplayerOptions
{
    /// <summary>The pace.</summary>
    public required ReplayPace Pace { get; init; }

    /// <summary>How often the recordings are replayed; once by default; null goes on for ever.</summary>
    public int? Passes { get; init; } = 1;

    /// <summary>Told, on the replaying thread, when nothing is due for <see cref="LongWait"/> or longer; it must not block. Null, the
    /// default, for nobody.</summary>
    /// <remarks>The first argument is how long it will be; the second when what is waited for was recorded, if that is known.</remarks>
    public Action<TimeSpan, Timestamp>? OnLongWait { get; init; }

    /// <summary>From which length on a wait is long; 5 s by default.</summary>
    public TimeSpan LongWait { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Without a pace: how many requests may be in flight. The target's own bound, or less; 10,000 by
    /// default.</summary>
    public int MaxInFlight { get; init; } = 10_000;

    /// <summary>Without a pace: how long a target may refuse every connection before it is no longer waited for; 10 s by
    /// default.</summary>
    public TimeSpan DownPatience { get; init; } = TimeSpan.FromSeconds(10);
}
