using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Parallax.Cli.CommandLine;

/// <summary>What <c>--help</c> shows, for each command.</summary>
internal sealed class HelpPages : SynchronousCommandLineAction
{
    private readonly List<CommandPage> _pages = [];

    /// <summary>All pages: the program's, then those of the commands.</summary>
    public IReadOnlyList<CommandPage> All => _pages;

    /// <summary>Makes <c>--help</c> of <paramref name="root"/>, and of every command below it that is added, show its page.</summary>
    public static HelpPages AddTo(RootCommand root)
    {
        var pages = new HelpPages();
        pages._pages.Add(new(root, ""));
        root.Options.OfType<HelpOption>().Single().Action = pages;
        var version = root.Options.OfType<VersionOption>().Single();
        version.Aliases.Add("-V");
        version.Action = new ProgramVersion();
        return pages;
    }

    /// <summary>Adds a command to the program.</summary>
    public void Add(CommandPage page)
    {
        OldNames.AddTo(page.Command);
        _pages[0].Command.Subcommands.Add(page.Command);
        _pages.Add(page);
    }

    public override int Invoke(ParseResult parseResult)
    {
        HelpText.Write(Console.Out, _pages.Single(page => page.Command == parseResult.CommandResult.Command));
        return ExitCode.Ok;
    }
}
