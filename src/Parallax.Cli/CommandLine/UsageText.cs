using System.CommandLine;
using System.CommandLine.Parsing;

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

    private static string? ProblemOf(ParseResult parsed)
    {
        var given = parsed.CommandResult.Children.OfType<OptionResult>().Where(option => !option.Implicit).ToList();

        // The parser takes what it does not know for the value of the option before it.
        if (given.SelectMany(option => option.Tokens).FirstOrDefault(IsMeantAsOption) is { } misspelt)
        {
            return $"there is no option {misspelt.Value}";
        }

        if (parsed.UnmatchedTokens.Count > 0)
        {
            return ExplainUnmatched(parsed, parsed.UnmatchedTokens[0]);
        }

        if (given.Find(option => option.Tokens.Count < option.Option.Arity.MinimumNumberOfValues) is { } bare)
        {
            return $"{bare.Option.Name} needs a value: {bare.Option.Name} {bare.Option.HelpName}";
        }

        if (given.Find(option => option.Tokens.Count > option.Option.Arity.MaximumNumberOfValues) is { } repeated)
        {
            return $"{repeated.Option.Name} can be given once only";
        }

        if (parsed.Errors.Count == 0)
        {
            return null;
        }

        var missing = parsed.CommandResult.Command.Arguments.FirstOrDefault(
            argument => parsed.GetResult(argument) is not { Tokens.Count: > 0 });
        return missing is null ? parsed.Errors[0].Message : $"{missing.Name} is missing: {missing.Description}";
    }

    private static bool IsMeantAsOption(Token token) =>
        token.Value is ['-', '-', _, ..] || (token.Value is ['-', var letter, ..] && char.IsAsciiLetter(letter));

    private static string ExplainUnmatched(ParseResult parsed, string text) => parsed.CommandResult.Command is RootCommand
        ? $"there is no command {text}"
        : text.StartsWith('-') ? $"there is no option {text}"
        : $"there is one argument too many: {text}";
}
