using System.CommandLine;

namespace Parallax.Cli.CommandLine;

/// <summary>The option that has a run say how it goes where there is no terminal.</summary>
internal sealed class ReportSwitch
{
    private readonly Setting<TimeSpan> _every = Setting.Duration(
        "--report", "without a terminal: say how the run goes each time this is over", "never");

    /// <summary>The option.</summary>
    public Option Option => _every.Option;

    /// <summary>How often; null for never.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="isQuiet">True when nothing is to be said.</param>
    /// <exception cref="UsageException">It is to be quiet.</exception>
    public TimeSpan? Of(ParseResult parsed, bool isQuiet) => parsed.GetValue(_every.Option) is not { } time ? null
        : isQuiet ? throw new UsageException($"{_every.Option.Name} says how the run goes, but --quiet leaves that out; give one of them")
        : time;
}
