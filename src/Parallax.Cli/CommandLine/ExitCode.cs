using Parallax.Runs.Running;

namespace Parallax.Cli.CommandLine;

/// <summary>What the process tells its caller; every command uses these and no others.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The run, or the verdict it was for, failed; or the program itself had a fault, however the run ended.</summary>
    public const int Failed = 1;

    /// <summary>The command line, the configuration or the environment is not right.</summary>
    public const int Usage = 2;

    /// <summary>Interrupted by Ctrl-C; or, when there was a definite thing to do, by SIGTERM before it was done.</summary>
    public const int Interrupted = 130;

    /// <summary>The exit code of a run that would end with <paramref name="code"/> if the program had no faults.</summary>
    public static int Of(Run run, int code) => run.Faults > 0 ? Failed : code;

    /// <summary>The same of a command that is not a run.</summary>
    public static int Of(RunLoops loops, int code) => loops.Faults > 0 ? Failed : code;

    /// <summary>Says why nothing was done.</summary>
    public static int Refuse(string reason)
    {
        Console.Error.WriteLine($"parallax: {reason}");
        return Usage;
    }
}
