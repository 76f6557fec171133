using System.CommandLine;
using Parallax.Cli.Commands;

namespace Parallax.Cli;

/// <summary>The executable: hands the command line to the command it names.</summary>
internal static class Program
{
    public static int Main(string[] arguments)
    {
        var root = new RootCommand("Parallax mirrors real traffic to another version of a service and accounts for every request.")
        {
            CaptureCommand.Create(),
            InspectCommand.Create(),
        };
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                Console.Error.WriteLine($"parallax: {error.Message}");
            }

            Console.Error.WriteLine($"try: parallax {parsed.CommandResult.Command.Name} --help");
            return ExitCode.Usage;
        }

        return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }
}
