using System.CommandLine;

namespace Parallax.Cli.CommandLine;

/// <summary>The option by which a new process takes over from the one that runs.</summary>
internal sealed class TakeOverSwitch
{
    /// <summary>The option.</summary>
    public Option<bool> Option { get; } = new("--take-over")
    {
        Description = "start beside another parallax of the same user at the same ports, and go on when that one is stopped",
    };

    /// <summary>Whether it is given.</summary>
    public bool Of(ParseResult parsed) => parsed.GetValue(Option);
}
