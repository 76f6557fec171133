using System.CommandLine;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Commands;
using Parallax.Cli.Output;
using Parallax.Runs.Limits;

namespace Parallax.Cli;

/// <summary>The executable: hands the command line to the command it names.</summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        if (Descriptors.ProblemWith(Descriptors.Limit) is { } tooFew)
        {
            Console.Error.WriteLine($"parallax: {tooFew}");
            return ExitCode.Usage;
        }

        using var errors = new LenientWriter(Console.Error);
        Console.SetError(errors);
        using var ignored = UserSignals.Ignore();
        var parsed = CreateRoot().Parse(arguments.Length == 0 ? ["--help"] : arguments);
        if (parsed.Action is not HelpPages && UsageText.Explain(parsed) is { } problem)
        {
            Console.Error.WriteLine($"parallax: {problem}");
            return ExitCode.Usage;
        }

        foreach (var warning in OldNames.WarningsAbout(parsed))
        {
            Console.Error.WriteLine($"parallax: {warning}");
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (OutOfMemoryException)
        {
            Console.Error.WriteLine($"parallax: a heap of {ProcessMemory.HeapBytes >> 20} MiB is not enough; give it more memory "
                + "(--memory-limit, or the container's limit)");
            return ExitCode.Failed;
        }
    }

    /// <summary>The whole command line, for <see cref="Main"/> and for the tests that hold the documentation against it.</summary>
    internal static RootCommand CreateRoot() => (RootCommand)CreatePages().All[0].Command;

    /// <summary>The same with what help says of it.</summary>
    internal static HelpPages CreatePages()
    {
        var root = new RootCommand("Parallax mirrors real traffic to another version of a service and accounts for every request.");
        var help = HelpPages.AddTo(root);
        help.Add(CaptureCommand.Create());
        help.Add(InspectCommand.Create());
        help.Add(ProxyCommand.Create());
        help.Add(ConvertCommand.Create());
        help.Add(ReplayCommand.Create());
        help.Add(DemoCommand.Create());
        help.Add(ValidateCommand.Create());
        HelpCommands.AddTo(help);
        return help;
    }
}
