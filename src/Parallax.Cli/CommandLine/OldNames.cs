using System.CommandLine;
using System.CommandLine.Parsing;

namespace Parallax.Cli.CommandLine;

/// <summary>Names that options had in the release before this one. They still work, say so, and go with the next release; nothing else
/// tells of them.</summary>
internal static class OldNames
{
    private static readonly (string Command, string Old, string Now)[] Names =
    [
        ("proxy", "--timeout", "--mirror-timeout"),
        ("proxy", "--max-body", "--max-request-body"),
        ("proxy", "--connections", "--mirror-connections"),
        ("convert", "-f", "--force"),
        ("replay", "--rate", "--pace"),
        ("replay", "--to-time", "--until"),
        ("replay", "--filter", "--allow"),
        ("replay", "--percent", "--session-percent"),
    ];

    // Options that said what is done anyway.
    private static readonly (string Command, string Old, string Because)[] Gone =
    [
        ("replay", "--keep-sessions", "sessions are kept unless --pooled is given"),
    ];

    /// <summary>All that have another name now.</summary>
    public static IEnumerable<(string Command, string Old, string Now)> All => Names;

    /// <summary>Gives the options of a command their old names besides.</summary>
    /// <exception cref="InvalidOperationException">The command has no option of a name that is said to be the present one.</exception>
    public static void AddTo(Command command)
    {
        foreach (var (_, old, now) in Names.Where(each => each.Command == command.Name))
        {
            command.Options.Single(option => option.Name == now).Aliases.Add(old);
        }

        foreach (var (_, old, _) in Gone.Where(each => each.Command == command.Name))
        {
            command.Options.Add(new Option<bool>(old) { Hidden = true });
        }
    }

    /// <summary>True for an old name of the option.</summary>
    public static bool AreOf(Option option, string name) => Names.Any(each => each.Old == name && each.Now == option.Name);

    /// <summary>What to say about the old names on a command line, each once.</summary>
    public static IEnumerable<string> WarningsAbout(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command.Name;
        var used = parsed.Tokens.Where(token => token.Type == TokenType.Option).Select(token => token.Value).ToHashSet();
        return Names.Where(each => each.Command == command && used.Contains(each.Old))
            .Select(each => $"warning: {each.Old} is called {each.Now} now; the old name goes with the next release")
            .Concat(Gone.Where(each => each.Command == command && used.Contains(each.Old))
                .Select(each => $"warning: {each.Old} has no effect: {each.Because}; it goes with the next release"));
    }
}
