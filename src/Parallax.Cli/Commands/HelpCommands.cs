using System.CommandLine;
using Parallax.Cli.CommandLine;

namespace Parallax.Cli.Commands;

/// <summary>The commands that tell of the program itself: <c>help</c> and <c>version</c>.</summary>
internal static class HelpCommands
{
    /// <summary>Adds them to <paramref name="pages"/>.</summary>
    public static void AddTo(HelpPages pages)
    {
        var root = pages.All[0].Command;
        var name = new Argument<string?>("COMMAND") { Description = "the command", Arity = ArgumentArity.ZeroOrOne };
        var help = new Command("help", "Shows what a command does and its options, as COMMAND --help does.") { name };
        help.SetAction(parsed =>
        {
            var wanted = parsed.GetValue(name);
            if (pages.All.Skip(1).FirstOrDefault(page => page.Command.Name == wanted) is { } page)
            {
                HelpText.Write(Console.Out, page);
                return ExitCode.Ok;
            }

            if (wanted is not null)
            {
                return ExitCode.Refuse($"{UsageText.NoCommand(root, wanted)}; see parallax --help");
            }

            HelpText.Write(Console.Out, pages.All[0]);
            return ExitCode.Ok;
        });
        pages.Add(new(help, ""));

        var version = new Command("version", "Shows the version, as --version does.");
        version.SetAction(_ => root.Parse(["--version"]).Invoke());
        pages.Add(new(version, ""));
    }
}
