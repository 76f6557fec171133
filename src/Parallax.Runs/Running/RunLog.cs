using Microsoft.Extensions.Logging;
using Parallax.Documents;

namespace Parallax.Runs.Running;

/// <summary>What runs log. Information tells how a run goes; a warning, that something works worse than was asked for; an error, that
/// something failed and the run goes on without it.</summary>
internal static partial class RunLog
{
    /// <summary>A finding in documents, or a line about several.</summary>
    [LoggerMessage(EventId = RunEvents.Finding, Message = "{Finding}")]
    public static partial void Finding(ILogger log, LogLevel level, object finding);

    /// <summary>The same at the level of its severity.</summary>
    public static void Finding(ILogger log, Finding finding) =>
        Finding(log, finding.Severity == Severity.Error ? LogLevel.Error : LogLevel.Warning, finding);

    /// <summary>A line of what can happen again and again, bounded by a <see cref="LineLimiter"/>.</summary>
    [LoggerMessage(2, LogLevel.Error, "{Line}")]
    public static partial void Failing(ILogger log, string line);

    /// <summary>Exchanges cannot be recorded as asked for, in a run whose purpose is another.</summary>
    [LoggerMessage(3, LogLevel.Error, "{Fault}")]
    public static partial void RecordingFails(ILogger log, string fault);

    /// <summary>Exchanges cannot be recorded as asked for.</summary>
    [LoggerMessage(4, LogLevel.Warning, "{Fault}")]
    public static partial void RecordingSuffers(ILogger log, string fault);

    [LoggerMessage(5, LogLevel.Warning, "the kernel grants {Granted} KiB of the {Wanted} KiB receive buffer asked for; "
        + "against loss in bursts: sysctl -w net.core.rmem_max={Bytes}")]
    public static partial void BufferIsSmall(ILogger log, int granted, int wanted, int bytes);

    [LoggerMessage(6, LogLevel.Information, "stopping; {InFlight} {What} in flight have {Grace} (a second signal ends at once)")]
    public static partial void Stopping(ILogger log, string inFlight, string what, string grace);

    [LoggerMessage(7, LogLevel.Information, "new configuration in force, listening at {Addresses}: {Changes}")]
    public static partial void Reloaded(ILogger log, string addresses, string changes);

    [LoggerMessage(8, LogLevel.Warning, "{File} is named {Count} times; {Outcome}")]
    public static partial void NamedAgain(ILogger log, string file, int count, string outcome);

    [LoggerMessage(9, LogLevel.Warning, "{File}: its secrets were replaced; requests carry marks in their place")]
    public static partial void SecretsAreReplaced(ILogger log, string file);

    /// <summary>A shadow target can no longer be reached.</summary>
    [LoggerMessage(RunEvents.TargetIsDown, LogLevel.Warning, "{Line}")]
    public static partial void TargetIsDown(ILogger log, string line);

    /// <summary>A shadow target that could not be reached answers.</summary>
    [LoggerMessage(11, LogLevel.Information, "{Line}")]
    public static partial void TargetAnswers(ILogger log, string line);

    [LoggerMessage(12, LogLevel.Warning, "the kernel lost {Packets} packets so far; a larger --buffer (with sysctl -w net.core.rmem_max), "
        + "more --shards or a smaller mirror filter would help")]
    public static partial void KernelLoses(ILogger log, string packets);

    [LoggerMessage(13, LogLevel.Information, "no longer ready; still listening for {Delay} (a second signal ends at once)")]
    public static partial void Leaving(ILogger log, string delay);

    [LoggerMessage(14, LogLevel.Warning, "the socket {Address} of the service manager lost {Packets} packets before this run")]
    public static partial void LostBefore(ILogger log, string address, string packets);

    [LoggerMessage(15, LogLevel.Warning, "sockets of the service manager for UDP port {Port}: {Count}, and as many shards, not "
        + "{Wanted}; name the port {Wanted} times in its unit, with ReusePort=yes")]
    public static partial void ShardsOfSockets(ILogger log, int port, int count, int wanted);

    [LoggerMessage(16, LogLevel.Warning, "no address of {Name} is found; until there is one requests to it are answered 503, and copies "
        + "are dropped")]
    public static partial void HasNoAddress(ILogger log, string name);

    [LoggerMessage(17, LogLevel.Information, "an address of {Name} is found")]
    public static partial void HasAnAddress(ILogger log, string name);
}
