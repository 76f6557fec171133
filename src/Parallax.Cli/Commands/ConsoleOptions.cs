using System.Net;

namespace Parallax.Cli.Commands;

/// <summary>What a run prints, and where it answers.</summary>
internal sealed record ConsoleOptions
{
    /// <summary>After which time the run ends by itself; null for never.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>How often the run says how it goes where there is no terminal; null for never.</summary>
    public TimeSpan? Report { get; init; }

    public bool AsJson { get; init; }

    public bool IsQuiet { get; init; }

    /// <summary>Where health checks are answered; null for nowhere.</summary>
    public IPEndPoint? Health { get; init; }

    /// <summary>Where the admin side listens; null for nowhere.</summary>
    public IPEndPoint? Admin { get; init; }

    /// <summary>Names by which the admin side may be asked.</summary>
    public IReadOnlyList<string> AdminNames { get; init; } = [];

    /// <summary>Whether it waits for ports that the process before it has.</summary>
    public bool TakesOver { get; init; }
}
