using System.CommandLine;
using Parallax.Reactor.Loops;

namespace Parallax.Cli.CommandLine;

/// <summary>The options of the access log.</summary>
internal sealed class AccessLogSwitches
{
    private readonly Option<string?> _log = new("--access-log")
    {
        Description = "write a line for each request and each copy to this file, or - for standard output",
        HelpName = "FILE",
    };

    private readonly Option<string?> _format = new("--access-log-format")
    {
        Description = "json, or common: the combined log format of web servers [json]",
        HelpName = "FORMAT",
    };

    public void AddTo(CommandPage page) => page.Add(SwitchGroup.Run, _log, _format);

    /// <summary>Whether entries are JSON.</summary>
    /// <exception cref="UsageException">The format is none.</exception>
    public bool IsJson(ParseResult parsed) => parsed.GetValue(_format) switch
    {
        null or "json" => true,
        "common" => false,
        var other => throw new UsageException($"{_format.Name}: \"{other}\" is neither json nor common"),
    };

    /// <summary>Opens what the log is written to, each time it is called, and answers null for a pipe that nobody reads; null when no
    /// log is asked for. Opening can fail with <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</summary>
    /// <exception cref="UsageException">An option is not right.</exception>
    public Func<Stream?>? TargetOf(ParseResult parsed)
    {
        IsJson(parsed);
        return parsed.GetValue(_log) switch
        {
            null when parsed.GetValue(_format) is not null => throw new UsageException($"{_format.Name} needs {_log.Name} FILE"),
            null => null,
            "-" => StandardOutput.Open,

            // Lines come in large pieces: a buffer would only keep what could not be written.
            var file => () => AppendingFile.TryOpen(file),
        };
    }
}
