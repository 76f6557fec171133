using Microsoft.Extensions.Logging;

namespace Parallax.Cli.Output;

/// <summary>Writes what runs log to standard error, a line each, as people read it: no time, no category, and the level only of a warning.
/// </summary>
/// <remarks>Thread safety: any thread.</remarks>
/// <param name="isQuiet">True leaves out everything but errors.</param>
internal sealed class ConsoleLog(bool isQuiet) : ILogger
{
    /// <summary>The line on the terminal that is cleared for each line of the log; null for none.</summary>
    public ProgressLine? Progress { get; set; }

    /// <summary>The same for one kind of runs.</summary>
    public ILogger<TRun> For<TRun>() => new Of<TRun>(this);

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (isQuiet ? LogLevel.Error : LogLevel.Information);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Write($"parallax: {(logLevel == LogLevel.Warning ? "warning: " : "")}{formatter(state, exception)}");
        }
    }

    /// <summary>Says how the run goes; nothing when it is to be quiet.</summary>
    public void Say(string line)
    {
        if (IsEnabled(LogLevel.Information))
        {
            Write($"parallax: {line}");
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    private void Write(string line)
    {
        if (Progress is { } progress)
        {
            progress.Say(line);
        }
        else
        {
            Console.Error.WriteLine(line);
        }
    }

    private sealed class Of<TRun>(ConsoleLog log) : ILogger<TRun>
    {
        public bool IsEnabled(LogLevel logLevel) => log.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Log(logLevel, eventId, state, exception, formatter);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;
    }
}
