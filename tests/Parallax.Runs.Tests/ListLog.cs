using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Parallax.Runs.Tests;

/// <summary>Keeps what is logged.</summary>
internal sealed class ListLog<TRun> : ILogger<TRun>
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<(LogLevel Level, string Text)> Lines => [.. _lines];

    /// <summary>Ends when there is a line.</summary>
    public Task FirstLine => _first.Task;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue((logLevel, formatter(state, exception)));
        _first.TrySetResult();
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;
}
