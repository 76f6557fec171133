namespace Parallax.Shadows.Replay;

/// <summary>What went to the middleware and came back.</summary>
/// <remarks>asked = handed back + dropped as middleware-silent + dropped as middleware-ended after it was asked (+ in flight). Thread
/// safety: immutable.</remarks>
public sealed record MiddlewareAccount
{
    /// <summary>Requests given to it.</summary>
    public required long Asked { get; init; }

    /// <summary>Requests that it handed back in time.</summary>
    public required long HandedBack { get; init; }

    /// <summary>Those of them that it had changed.</summary>
    public required long Changed { get; init; }

    /// <summary>Recorded and new responses that were not given to it because it did not read what it had been given before.</summary>
    public required long ResponsesMissed { get; init; }

    /// <summary>Requests that it handed back too late, twice, or without having been asked: they are not sent.</summary>
    public required long Strays { get; init; }

    /// <summary>Lines of its output that are not messages.</summary>
    public required long Rubbish { get; init; }

    /// <summary>True when it ended, or closed its output, before the replay had.</summary>
    public required bool EndedEarly { get; init; }
}
