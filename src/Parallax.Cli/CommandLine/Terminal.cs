namespace Parallax.Cli.CommandLine;

/// <summary>The terminal that the process was started from, if there was one.</summary>
/// <remarks>A daemon has none. A program started with <c>nohup</c> is meant to outlive its terminal: it ignores SIGHUP from the start,
/// and .NET leaves it so. Thread safety: any thread may ask.</remarks>
internal sealed class Terminal
{
    private const string Path = "/dev/tty";

    private readonly bool _wasThere = IsThere();

    /// <summary>True when there was one and it is no more: its window was closed, its connection broke.</summary>
    public bool HasGone => _wasThere && !IsThere();

    private static bool IsThere()
    {
        try
        {
            using var terminal = File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
