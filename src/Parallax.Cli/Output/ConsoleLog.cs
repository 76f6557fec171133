using Microsoft.Extensions.Logging;
using Parallax.Documents;
using Parallax.Runs.Running;

namespace Parallax.Cli.Output;

/// <summary>Writes what runs log to standard error, a line each: on a terminal as people read it, elsewhere with what
/// <see cref="LogForm"/> puts before it.</summary>
/// <remarks>Thread safety: any thread.</remarks>
/// <param name="isQuiet">True leaves out everything but errors.</param>
internal sealed class ConsoleLog(bool isQuiet) : ILogger
{
    private readonly LogForm _form = LogForm.OfStandardError(TimeProvider.System);

    // Set by the thread that runs a command, read by every thread that logs.
    private volatile ProgressLine? _progress;

    /// <summary>The line on the terminal that is cleared for each line of the log; null for none.</summary>
    public ProgressLine? Progress
    {
        get => _progress;
        set => _progress = value;
    }

    /// <summary>The same for one kind of runs.</summary>
    public ILogger<TRun> For<TRun>() => new Of<TRun>(this);

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (isQuiet ? LogLevel.Error : LogLevel.Information);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            // Some say themselves that they are warnings.
            var isMarked = eventId.Id is not (RunEvents.Finding or RunEvents.TargetIsDown);
            Write(_form.Line(logLevel, formatter(state, exception), isMarked));
        }
    }

    /// <summary>Says what was found in documents; a warning only when it is not to be quiet.</summary>
    public void Say(Finding finding) =>
        Say(finding.Severity == Severity.Error ? LogLevel.Error : LogLevel.Warning, finding.ToString(), isMarked: false);

    /// <summary>Says how the run goes; nothing when it is to be quiet.</summary>
    public void Say(string line) => Say(LogLevel.Information, line);

    /// <summary>Says that something does not work.</summary>
    public void SayFailing(string line) => Say(LogLevel.Error, line);

    /// <summary>Says lines that were asked for, also when it is to be quiet.</summary>
    /// <param name="heading">What they are.</param>
    /// <param name="lines">They are written as they are.</param>
    public void Tell(string heading, IEnumerable<string> lines)
    {
        Write(_form.Line(LogLevel.Information, heading, isMarked: true));
        foreach (var line in lines)
        {
            Write(line);
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    private void Say(LogLevel level, string line, bool isMarked = true)
    {
        if (IsEnabled(level))
        {
            Write(_form.Line(level, line, isMarked));
        }
    }

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
