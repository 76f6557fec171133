using Parallax.Runs.Running;

namespace Parallax.Cli.Commands;

/// <summary>How a command waits for the end of its run.</summary>
internal static class RunCompletion
{
    /// <summary>Waits until the run is over. A fault of the program itself in its work was logged and counted: the account follows, and
    /// <see cref="CommandLine.ExitCode.Of(Run, int)"/> is 1.</summary>
    /// <exception cref="RunException">Something it was asked for turned out to be wrong while it ran.</exception>
    /// <exception cref="OutOfMemoryException">There was not enough memory, which the program says in its own words.</exception>
    public static async Task AwaitAsync(Run run)
    {
        try
        {
            await run.Completion;
        }
        catch (Exception fault) when (fault is not (RunException or OutOfMemoryException))
        {
            // Said and counted by the run.
        }
    }
}
