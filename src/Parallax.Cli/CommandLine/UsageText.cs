using System.CommandLine;
using System.CommandLine.Parsing;
using Parallax.Documents;

namespace Parallax.Cli.CommandLine;

/// <summary>What is wrong with a command line, in one line: what, where, and what would be right.</summary>
internal static class UsageText
{
    /// <summary>The first thing that is wrong; null when nothing is.</summary>
    public static string? Explain(ParseResult parsed)
    {
        var problem = ProblemOf(parsed);
        var command = parsed.CommandResult.Command;
        return problem is null ? null : $"{problem}; see parallax {(command is RootCommand ? "" : command.Name + " ")}--help";
    }

    /// <summary>What is wrong with a name that no command of <paramref name="root"/> has.</summary>
    public static string NoCommand(Command root, string name) =>
        $"there is no command {name}{Nearest(name, root.Subcommands.Select(command => command.Name))}";

    /// <summary>The first thing that is wrong, without where to read more; null when nothing is.</summary>
    public static string? ProblemOf(ParseResult parsed)
    {
        var given = parsed.CommandResult.Children.OfType<OptionResult>().Where(option => !option.Implicit).ToList();

        // The parser takes what it does not know for the value of the option before it, or for an argument.
        var values = given.SelectMany(option => option.Tokens).Where(IsMeantAsOption);
        if (values.Concat(ArgumentsIn(parsed).Where(token => token.Value is ['-', _, ..])).FirstOrDefault() is { } misspelt)
        {
            return given.Find(option => option.Tokens.Contains(misspelt)) is { } before && IsOption(parsed, misspelt.Value)
                ? NoValue(before)
                : NoOption(parsed, misspelt.Value);
        }

        if (parsed.UnmatchedTokens.Count > 0)
        {
            return ExplainUnmatched(parsed, parsed.UnmatchedTokens[0]);
        }

        if (given.Find(option => option.Tokens.Count < option.Option.Arity.MinimumNumberOfValues) is { } bare)
        {
            return NoValue(bare);
        }

        if (given.Find(option => option.Tokens.Count > option.Option.Arity.MaximumNumberOfValues) is { } repeated)
        {
            return $"{repeated.Option.Name} can be given once only";
        }

        if (parsed.Errors.Count == 0)
        {
            return null;
        }

        var options = parsed.CommandResult.Command.Options;
        if (options.FirstOrDefault(option => option.Required && parsed.GetResult(option) is not { Implicit: false }) is { } needed)
        {
            return $"{needed.Name} is missing: {needed.Name} {needed.HelpName}";
        }

        var missing = parsed.CommandResult.Command.Arguments.FirstOrDefault(
            argument => parsed.GetResult(argument) is not { Tokens.Count: > 0 });
        return missing is null ? parsed.Errors[0].Message : $"{missing.Name} is missing: {missing.Description}";
    }

    private static string NoValue(OptionResult bare) => $"{bare.Option.Name} needs a value: {bare.Option.Name} {bare.Option.HelpName}";

    private static bool IsOption(ParseResult parsed, string text) =>
        parsed.CommandResult.Command.Options.SelectMany(OptionNames.Of).Contains(text.Split('=', ':')[0]);

    // The value of an option may be a negative number.
    private static bool IsMeantAsOption(Token token) =>
        token.Value is ['-', '-', _, ..] || (token.Value is ['-', var letter, ..] && char.IsAsciiLetter(letter));

    // What comes after "--" is an argument, whatever it looks like.
    private static IEnumerable<Token> ArgumentsIn(ParseResult parsed)
    {
        var tokens = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).ToList();
        var afterDashes = parsed.Tokens.Reverse().TakeWhile(token => token.Type != TokenType.DoubleDash).Count();
        return parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash) ? tokens.SkipLast(afterDashes) : tokens;
    }

    private static string ExplainUnmatched(ParseResult parsed, string text) => text.StartsWith('-') ? NoOption(parsed, text)
        : parsed.CommandResult.Command is RootCommand root ? NoCommand(root, text)
        : $"there is one argument too many: {text}";

    private static string NoOption(ParseResult parsed, string text)
    {
        var name = text.Split('=', ':')[0];
        var known = parsed.CommandResult.Command.Options.Where(option => !option.Hidden)
            .SelectMany(OptionNames.Of).Where(alias => alias.Length > 2);
        return $"there is no option {name}{Nearest(name, known)}";
    }

    private static string Nearest(string text, IEnumerable<string> known) =>
        Spelling.Nearest(text, known) is { } nearest ? $"; did you mean {nearest}?" : "";
}
