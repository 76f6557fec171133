using System.CommandLine;
using System.CommandLine.Help;

namespace Parallax.Cli.CommandLine;

/// <summary>A command with what its help shows: options in groups, and examples.</summary>
/// <param name="command">The command.</param>
/// <param name="examples">Lines, each command line followed by an indented one that says what it does.</param>
internal sealed class CommandPage(Command command, string examples)
{
    private readonly List<(SwitchGroup Group, Option Option)> _switches = [];

    public Command Command => command;

    public string Examples => examples;

    /// <summary>The groups that have options, with their headings, in the order of <see cref="SwitchGroup"/>; options in the order in
    /// which they were added, the most used ones first.</summary>
    public IEnumerable<(string Heading, List<Option> Options)> Groups =>
        from each in _switches
        group each.Option by each.Group into options
        orderby options.Key
        select (SwitchGroups.HeadingOf(options.Key), options.ToList());

    /// <summary>Options that every command has, such as <c>--help</c>.</summary>
    public IEnumerable<Option> Others => command.Options.Where(option => option is HelpOption or VersionOption)
        .Concat(command.Parents.OfType<Command>().SelectMany(parent => parent.Options.OfType<HelpOption>()));

    /// <summary>Gives the command options.</summary>
    public void Add(SwitchGroup group, params IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            command.Options.Add(option);
            _switches.Add((group, option));
        }
    }
}
