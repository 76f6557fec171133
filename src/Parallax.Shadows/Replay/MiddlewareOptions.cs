namespace Parallax.Shadows.Replay;

/// <summary>The external program that every request of a replay goes through, as in GoReplay.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record MiddlewareOptions
{
    /// <summary>The program and its arguments, split at blanks; no shell looks at it.</summary>
    public required string Command { get; init; }

    /// <summary>How long it may keep a request; 1 s by default. What it has not handed back then is dropped as middleware-silent: it
    /// filters requests by not handing them back.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long it may take to hand the first request back, since it has to start; 10 s by default. Until then no request is
    /// given up.</summary>
    public TimeSpan StartPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most bytes of messages that wait until it reads them; 64 MiB by default. Beyond that requests are dropped as
    /// middleware-busy.</summary>
    public long MaxWaitingBytes { get; init; } = 64L << 20;

    /// <summary>How long it may take to end by itself when its input is closed; 1 s by default. Then it is killed.</summary>
    public TimeSpan EndPatience { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For the time written on answers of the target.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>The middleware cannot be started; the message is one line for the user.</summary>
public sealed class MiddlewareException : Exception
{
    /// <summary>With the line for the user.</summary>
    public MiddlewareException(string message)
        : base(message)
    {
    }

    /// <summary>With the line for the user and what is behind it.</summary>
    public MiddlewareException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public MiddlewareException()
    {
    }
}
