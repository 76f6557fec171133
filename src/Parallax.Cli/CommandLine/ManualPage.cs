using System.CommandLine;

namespace Parallax.Cli.CommandLine;

/// <summary>The manual page, as man(7) has it, made of the text of help.</summary>
internal static class ManualPage
{
    /// <summary>Writes the page.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="pages">The program's page, then those of its commands.</param>
    public static void Write(TextWriter output, IReadOnlyList<CommandPage> pages)
    {
        output.WriteLine($".TH PARALLAX 1 \"\" \"parallax {Escaped(ProgramVersion.Number)}\"");
        output.WriteLine(".SH NAME");
        output.WriteLine("parallax \\- mirrors traffic to another version of a service");
        output.WriteLine(".SH SYNOPSIS");
        foreach (var page in pages.Skip(1))
        {
            output.WriteLine($".B {Escaped(HelpText.UsageOf(page))}");
            output.WriteLine(".br");
        }

        output.WriteLine(".SH DESCRIPTION");
        WriteText(output, pages[0].Command.Description ?? "");
        WriteOptions(output, "Options of the program", pages[0].Others);
        foreach (var page in pages.Skip(1))
        {
            WriteCommand(output, page);
        }

        output.WriteLine(".SH EXIT STATUS");
        WriteEntry(output, "0", "Done.");
        WriteEntry(output, "1", "The run failed or had a fault, or could not read all of its input.");
        WriteEntry(output, "2", "The command line, the configuration or the environment is not right.");
        WriteEntry(output, "130", "Interrupted by Ctrl-C.");
    }

    private static void WriteCommand(TextWriter output, CommandPage page)
    {
        output.WriteLine($".SH PARALLAX {page.Command.Name.ToUpperInvariant()}");
        WriteText(output, page.Command.Description ?? "");
        output.WriteLine(".PP");
        output.WriteLine($".B {Escaped(HelpText.UsageOf(page))}");
        foreach (var argument in page.Command.Arguments)
        {
            WriteEntry(output, argument.Name, argument.Description ?? "");
        }

        foreach (var (heading, options) in page.Groups)
        {
            WriteOptions(output, heading, options);
        }

        if (page.Examples.Length > 0)
        {
            output.WriteLine(".SS Examples");
            foreach (var line in page.Examples.Split('\n').Where(line => line.Length > 0))
            {
                WriteExample(output, line);
            }
        }
    }

    private static void WriteOptions(TextWriter output, string heading, IEnumerable<Option> options)
    {
        output.WriteLine($".SS {heading}");
        foreach (var option in options)
        {
            WriteEntry(output, HelpText.NamesOf(option), HelpText.TextOf(option));
        }
    }

    private static void WriteEntry(TextWriter output, string name, string text)
    {
        output.WriteLine(".TP");
        output.WriteLine($".B {Escaped(name)}");
        WriteText(output, text);
    }

    // A line that explains an example has more indentation than the example.
    private static void WriteExample(TextWriter output, string line)
    {
        var isCommand = line.Length - line.TrimStart().Length < 4;
        output.WriteLine(isCommand ? ".PP\n.nf" : ".RS");
        WriteText(output, line.Trim());
        output.WriteLine(isCommand ? ".fi" : ".RE");
    }

    private static void WriteText(TextWriter output, string text)
    {
        var isFirst = true;
        foreach (var line in text.Split('\n'))
        {
            if (!isFirst)
            {
                output.WriteLine(".br");
            }

            output.WriteLine(Escaped(line));
            isFirst = false;
        }
    }

    // A line that begins with a dot or an apostrophe is a request, a backslash begins an escape, a bare - may become a hyphen, a quotation
    // mark at the begin of an argument goes.
    private static string Escaped(string text)
    {
        var escaped = text.Replace("\\", "\\e", StringComparison.Ordinal)
            .Replace("-", "\\-", StringComparison.Ordinal)
            .Replace("\"", "\\(dq", StringComparison.Ordinal)
            .Replace("…", "...", StringComparison.Ordinal);
        return escaped is ['.' or '\'', ..] ? $"\\&{escaped}" : escaped;
    }
}
