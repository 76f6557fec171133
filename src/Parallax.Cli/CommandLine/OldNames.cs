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
        new("proxy", "--connections", "--mirror-connections"),
        new("convert", "-f", "--force"),
        new("replay", "--rate", "--pace"),
        new("replay", "--to-time", "--until"),
        new("replay", "--filter", "--allow"),
        new("replay", "--percent", "--session-percent"),
    ];

    // Said what is done anyway.
    private const string GoneFrom = "replay";
    private const string Gone = "--keep-sessions";

    /// <summary>All that have another name now.</summary>
    public static IEnumerable<OldName> All => Names;

    /// <summary>Gives the options of a command their old names besides.</summary>
    /// <exception cref="InvalidOperationException">The command has no option of a name that is said to be the present one.</exception>
    public static void AddTo(Command command)
    {
        foreach (var name in Names.Where(each => each.Command == command.Name))
        {
            command.Options.Single(option => option.Name == name.Now).Aliases.Add(name.Old);
        }

        if (command.Name == GoneFrom)
        {
            command.Options.Add(new Option<bool>(Gone) { Hidden = true });
        }
    }

    /// <summary>True for an old name of the option.</summary>
    public static bool AreOf(Option option, string name) => Names.Any(each => each.Old == name && each.Now == option.Name);

    /// <summary>What to say about the old names on a command line, each once.</summary>
    public static IEnumerable<string> WarningsAbout(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command.Name;
        var used = parsed.Tokens.Where(token => token.Type == TokenType.Option).Select(token => token.Value).ToHashSet();
        var renamed = Names.Where(each => each.Command == command && used.Contains(each.Old))
            .Select(each => $"warning: {each.Old} is called {each.Now} now; the old name goes with the next release");
        return command == GoneFrom && used.Contains(Gone)
            ? renamed.Append($"warning: {Gone} has no effect: sessions are kept unless --pooled is given; it goes with the next release")
            : renamed;
    }
}

/// <summary>What an option was called. A class, because code for collections of structures is compiled at each start.</summary>
internal sealed record OldName(string Command, string Old, string Now);
