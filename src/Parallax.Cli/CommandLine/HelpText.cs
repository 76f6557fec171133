using System.CommandLine;
using System.CommandLine.Help;

namespace Parallax.Cli.CommandLine;

/// <summary>Help as text of 80 columns.</summary>
internal static class HelpText
{
    /// <summary>Columns of a line at most.</summary>
    public const int Columns = 80;

    private const int NameColumns = 28;

    /// <summary>Writes the help of a command.</summary>
    public static void Write(TextWriter output, CommandPage page)
    {
        WriteParagraph(output, page.Command.Description ?? "");
        output.WriteLine();
        output.WriteLine("Usage:");
        output.WriteLine($"  {UsageOf(page)}");
        WriteTable(output, "Arguments", page.Command.Arguments.Select(argument => ($"<{argument.Name}>", argument.Description ?? "")));
        WriteTable(output, "Commands", page.Command.Subcommands.Select(command => (command.Name, command.Description ?? "")));
        foreach (var (heading, options) in page.Groups)
        {
            WriteTable(output, heading, options.Select(Row));
        }

        WriteTable(output, "Help", page.Others.Select(Row));
        if (page.Examples.Length > 0)
        {
            output.WriteLine();
            output.WriteLine("Examples:");
            foreach (var line in page.Examples.Split('\n'))
            {
                WriteExample(output, line);
            }
        }
    }

    /// <summary>How a command is called, in short.</summary>
    public static string UsageOf(CommandPage page)
    {
        var arguments = page.Command.Arguments.Select(argument =>
            (argument.Arity.MinimumNumberOfValues == 0 ? $"[<{argument.Name}>]" : $"<{argument.Name}>")
            + (argument.Arity.MaximumNumberOfValues > 1 && !argument.Name.Contains('…', StringComparison.Ordinal) ? "..." : ""));
        var name = page.Command is RootCommand ? "parallax COMMAND" : $"parallax {page.Command.Name}";
        var required = page.Command.Options.Where(option => option.Required).Select(option => $"{option.Name} {option.HelpName}");
        string[] options = page.Groups.Any() ? ["[options]"] : [];
        return string.Join(' ', [name, .. arguments, .. required, .. options]);
    }

    /// <summary>The names of an option that are shown, the short ones first, and its value.</summary>
    public static string NamesOf(Option option)
    {
        var names = string.Join(", ", OptionNames.Of(option).OrderBy(name => name.Length > 2));
        if (option.HelpName is not { } kind || option is HelpOption or VersionOption)
        {
            return names;
        }

        var value = kind.Contains(' ', StringComparison.Ordinal) ? $"\"{kind}\"" : kind;
        return option.Arity.MinimumNumberOfValues == 0 ? $"{names} [{value}]" : $"{names} {value}";
    }

    /// <summary>Splits text at blanks into lines; a line feed ends one, too. A word that is longer stays whole.</summary>
    public static IEnumerable<string> Wrap(string text, int columns)
    {
        foreach (var paragraph in text.Split('\n'))
        {
            var line = "";
            foreach (var word in paragraph.Split(' '))
            {
                if (line.Length > 0 && line.Length + 1 + word.Length > columns)
                {
                    yield return line;
                    line = word;
                }
                else
                {
                    line = line.Length == 0 ? word : $"{line} {word}";
                }
            }

            yield return line;
        }
    }

    /// <summary>What an option does.</summary>
    public static string TextOf(Option option) =>
        option is HelpOption ? "show this help" : option is VersionOption ? "show the version" : option.Description ?? "";

    private static (string Name, string Text) Row(Option option) => (NamesOf(option), TextOf(option));

    private static void WriteTable(TextWriter output, string heading, IEnumerable<(string Name, string Text)> rows)
    {
        var isFirst = true;
        foreach (var (name, text) in rows)
        {
            if (isFirst)
            {
                output.WriteLine();
                output.WriteLine($"{heading}:");
                isFirst = false;
            }

            var isShort = name.Length < NameColumns;
            if (!isShort)
            {
                output.WriteLine($"  {name}");
            }

            var start = isShort ? name : "";
            foreach (var line in Wrap(text, Columns - NameColumns - 2))
            {
                output.WriteLine($"  {start.PadRight(NameColumns)}{line}");
                start = "";
            }
        }
    }

    private static void WriteParagraph(TextWriter output, string text)
    {
        foreach (var line in Wrap(text, Columns))
        {
            output.WriteLine(line);
        }
    }

    // A command line is continued as a shell takes it, so that it can be copied; the line that explains it has more indentation.
    private static void WriteExample(TextWriter output, string line)
    {
        var indent = line.Length - line.TrimStart().Length;
        var isCommand = indent < 4;
        var rest = line.Trim();
        while (rest.Length + indent > Columns - 2 && LastBreak(rest, Columns - 2 - indent, isCommand) is > 0 and var at)
        {
            output.WriteLine($"{new string(' ', indent)}{rest[..at]}{(isCommand ? " \\" : "")}");
            rest = rest[(at + 1)..];
            indent = isCommand ? 4 : indent;
        }

        output.WriteLine($"{new string(' ', indent)}{rest}");
    }

    private static int LastBreak(string text, int columns, bool isCommand) =>
        text.LastIndexOf(isCommand ? " -" : " ", Math.Min(columns, text.Length - 1), StringComparison.Ordinal);
}
