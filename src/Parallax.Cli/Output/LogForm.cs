using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Parallax.Cli.Output;

/// <summary>What stands before a line of the log: on a terminal the program's name; in a file or pipe the time and the level besides; in
/// systemd's journal, which knows the time, the level as it takes it (sd-daemon(3)).</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class LogForm
{
    private const string JournalVariable = "JOURNAL_STREAM";

    private readonly Kind _kind;
    private readonly TimeProvider _clock;

    private LogForm(Kind kind, TimeProvider clock) => (_kind, _clock) = (kind, clock);

    private enum Kind
    {
        Terminal,
        Stream,
        Journal,
    }

    /// <summary>The form for people who look on.</summary>
    public static LogForm OfTerminal { get; } = new(Kind.Terminal, TimeProvider.System);

    /// <summary>The form for what standard error is.</summary>
    public static LogForm OfStandardError(TimeProvider clock) => !Console.IsErrorRedirected ? OfTerminal
        : IsJournal(Environment.GetEnvironmentVariable(JournalVariable), StandardErrorIs()) ? new(Kind.Journal, clock)
        : new(Kind.Stream, clock);

    /// <summary>A line, without its end.</summary>
    /// <param name="level">How bad it is.</param>
    /// <param name="text">What happened.</param>
    /// <param name="isMarked">False when the text of a warning says itself that it is one.</param>
    public string Line(LogLevel level, string text, bool isMarked) => _kind switch
    {
        Kind.Terminal => $"parallax: {(isMarked && level == LogLevel.Warning ? "warning: " : "")}{text}",
        Kind.Journal => $"<{PriorityOf(level)}>parallax: {text}",
        _ => string.Create(
            CultureInfo.InvariantCulture, $"{_clock.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss.fff'Z'} {NameOf(level)} parallax: {text}"),
    };

    /// <summary>Whether a stream is the journal: its variable names the device and the inode of the socket that it gave to the service,
    /// which the service may have redirected (systemd.exec(5)).</summary>
    /// <param name="variable">What the environment says; null for nothing.</param>
    /// <param name="stream">What the descriptor leads to, such as <c>socket:[42]</c>; null when that is not known.</param>
    internal static bool IsJournal(string? variable, string? stream) =>
        variable?.Split(':') is [_, var inode] && stream == $"socket:[{inode}]";

    private static string? StandardErrorIs()
    {
        try
        {
            return OperatingSystem.IsLinux() ? new FileInfo("/proc/self/fd/2").LinkTarget : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string NameOf(LogLevel level) => level switch
    {
        LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        _ => "info",
    };

    // Of syslog(3): error, warning, informational.
    private static int PriorityOf(LogLevel level) => level switch
    {
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        _ => 6,
    };
}
