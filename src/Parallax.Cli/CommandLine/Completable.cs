using System.CommandLine;
using System.CommandLine.Completions;

namespace Parallax.Cli.CommandLine;

/// <summary>What can follow an option, or stand as an argument.</summary>
internal enum CompletableKind
{
    /// <summary>No value.</summary>
    Nothing,

    /// <summary>What a shell cannot know.</summary>
    Anything,

    Files,

    Folders,
}

/// <summary>What shells are told of commands and options, for all kinds of shells.</summary>
internal static class Completable
{
    /// <summary>What follows an option.</summary>
    public static CompletableKind KindOf(Option option) => option.HelpName switch
    {
        _ when option.Arity.MinimumNumberOfValues == 0 => CompletableKind.Nothing,
        "FILE" or "PATH" => CompletableKind.Files,
        "DIR" => CompletableKind.Folders,
        _ => CompletableKind.Anything,
    };

    /// <summary>All options of a command.</summary>
    public static IEnumerable<Option> OptionsOf(CommandPage page) =>
        page.Groups.SelectMany(group => group.Options).Concat(page.Others);

    /// <summary>Words that can be a command's argument; empty when that is a file.</summary>
    public static List<string> WordsOf(CommandPage page) =>
        [.. page.Command.Arguments.SelectMany(argument => argument.GetCompletions(CompletionContext.Empty)).Select(word => word.Label)];

    /// <summary>True for a command whose arguments are files.</summary>
    public static bool TakesFiles(CommandPage page) => page.Command.Arguments.Count > 0 && WordsOf(page).Count == 0;

    /// <summary>A line about an option.</summary>
    public static string TextOf(Option option) => Brief(HelpText.TextOf(option));

    /// <summary>A line about a command.</summary>
    public static string TextOf(Command command) => Brief(command.Description ?? "");

    private static string Brief(string text) => text.Split('\n')[0].TrimEnd(':');
}
