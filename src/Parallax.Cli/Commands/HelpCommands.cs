using System.CommandLine;
using System.CommandLine.Completions;
using Parallax.Cli.CommandLine;

namespace Parallax.Cli.Commands;

/// <summary>The commands that tell of the program itself: <c>help</c>, <c>version</c>, <c>completion</c> and
/// <c>man</c>.</summary>
internal static class HelpCommands
{
    private const string CompletionExamples = """
          source <(parallax completion bash)
              in ~/.bashrc; the same with zsh in ~/.zshrc, after compinit
          parallax completion fish > ~/.config/fish/completions/parallax.fish
              for fish, once
        """;

    private const string ManualExamples = """
          parallax man | man -l -
              shows it
          parallax man > /usr/local/share/man/man1/parallax.1
              installs it
        """;

    /// <summary>Adds them to <paramref name="pages"/>.</summary>
    public static void AddTo(HelpPages pages)
    {
        var root = pages.All[0].Command;
        var name = new Argument<string?>("COMMAND") { Description = "the command", Arity = ArgumentArity.ZeroOrOne };
        name.CompletionSources.Add(_ => pages.All.Skip(1).Select(page => new CompletionItem(page.Command.Name)));
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
        version.Action = new ProgramVersion();
        pages.Add(new(version, ""));
        pages.Add(Completion(pages));
        var manual = new Command("man", "Prints the manual page, for man.");
        manual.SetAction(_ => ManualPage.Write(Console.Out, pages.All));
        pages.Add(new(manual, ManualExamples));
    }

    private static CommandPage Completion(HelpPages pages)
    {
        var shells = string.Join(", ", CompletionScript.Shells);
        var shell = new Argument<string>("SHELL") { Description = $"the shell: {shells}" };
        shell.CompletionSources.Add(_ => CompletionScript.Shells.Select(name => new CompletionItem(name)));
        var command = new Command("completion", "Prints a script that has a shell complete commands, options and files.") { shell };
        command.SetAction(parsed =>
        {
            var name = parsed.GetRequiredValue(shell);
            if (!CompletionScript.Shells.Contains(name))
            {
                return ExitCode.Refuse($"there is no completion for {name}; there are: {shells}");
            }

            CompletionScript.Write(Console.Out, name, pages.All);
            return ExitCode.Ok;
        });
        return new(command, CompletionExamples);
    }
}
