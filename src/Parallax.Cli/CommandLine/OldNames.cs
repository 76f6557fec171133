using System.CommandLine;
using System.CommandLine.Parsing;

namespace Parallax.Cli.CommandLine;

/// <summary>Names that options had in the release before this one. They still work, say so, and go with the next release; nothing else
/// tells of them.</summary>
internal static class OldNames
{
    private static readonly OldName[] Names =
    [
        new("proxy", "--timeout", "--mirror-timeout"),
        new("proxy", "--max-body", "--max-request-body"),
        new("replay", "--rate", "--pace"),
        new("replay", "--to-time", "--until"),
        new("replay", "--filter", "--allow"),
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<OldName> All => Names;

    /// <summary>Gives the options of a command their old names besides.</summary>
    /// <exception cref="InvalidOperationException">The command has no option of a name that is said to be the present one.</exception>
    public static void AddTo(Command command)
    {
        foreach (var name in Names.Where(each => each.Command == command.Name))
        {
            command.Options.Single(option => option.Name == name.Now).Aliases.Add(name.Old);
        }
    }

    /// <summary>True for an old name of the option.</summary>
    public static bool AreOf(Option option, string name) => Names.Any(each => each.Old == name && each.Now == option.Name);

    /// <summary>What to say about the old names on a command line, each once.</summary>
    public static IEnumerable<string> WarningsAbout(ParseResult parsed) =>
        from used in parsed.Tokens.Where(token => token.Type == TokenType.Option).Select(token => token.Value).Distinct()
        from name in Names
        where name.Old == used && name.Command == parsed.CommandResult.Command.Name
        select $"warning: {name.Old} is called {name.Now} now; the old name goes with the next release";
}

/// <summary>What an option was called. A class, because code for collections of structures is compiled at each start.</summary>
internal sealed record OldName(string Command, string Old, string Now);
