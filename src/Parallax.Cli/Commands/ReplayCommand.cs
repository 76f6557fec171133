using System.CommandLine;
using Parallax.Capture.Sources;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Entries;
using Parallax.Runs.Limits;
using Parallax.Runs.Replaying;
using Parallax.Runs.Running;
using Parallax.Shadows.Replay;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax replay FILE…</c>: a recording sent again.</summary>
internal sealed class ReplayCommand
{
    private const string Description = "Sends the requests of a recording or capture file again, at their own pace or another.";

    private const string Examples = """
          parallax replay monday.plx --to http://staging:8080
              as it was: the recorded pace, connections and order
          parallax replay requests_0.gor.gz --to http://staging:8080 --speed 10x --ramp 1m
              ten times as fast, after a minute of growing load
          parallax replay incident.pcap --to http://localhost:8080 --allow path:^/cart --from 30s --until 90s
              one minute of a capture file, and one part of the service
          parallax replay monday.plx --to http://staging:8080 --closed --workers 32 --pooled --loop 10
              closed loop: how much does it take?
        """;

    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = ".plx, .gor, .har, .jsonl, pcap or pcapng files, plain or gzip; several are merged by time",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly ReplaySwitches _switches = new();
    private readonly Option<bool> _redacted = new("--allow-redacted") { Description = "replay a recording whose secrets were replaced" };
    private readonly MemorySwitch _limit = new();
    private readonly Setting<long> _memory = Setting.Size(
        "--memory",
        "memory for requests at most",
        "a quarter of the heap, 256mb at most",
        () => MemoryShares.MessageBytesOf(ProcessMemory.HeapBytes),
        least: 1 << 20);

    private readonly Setting<TimeSpan> _duration = Setting.Duration("--duration", "stop after this time", "never");
    private readonly Setting<TimeSpan> _grace = Setting.Duration(
        "--grace", "time for requests in flight when the run ends", "10s", mayBeZero: true);
    private readonly Option<bool> _json = new("--json") { Description = "print the account as one JSON object" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "no progress and no account on standard error" };
    private readonly ReportSwitch _report = new();
    private readonly AdminSwitches _admin = new("/ready, /metrics and /drain");

    public static CommandPage Create() => new ReplayCommand().Build();

    private CommandPage Build()
    {
        var page = new CommandPage(new("replay", Description) { _files }, Examples);
        _switches.AddTo(page);
        page.Add(SwitchGroup.Selected, _redacted);
        _limit.AddTo(page);
        page.Add(SwitchGroup.Limits, _memory.Option);
        page.Add(SwitchGroup.Run, _json, _report.Option, _quiet, _duration.Option, _grace.Option);
        _admin.AddTo(page);
        page.Command.SetAction(RunAsync);
        return page;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            _limit.Limit(parsed);
            using var signals = new StopSignals(_grace.Of(parsed));
            var log = new ConsoleLog(parsed.GetValue(_quiet));
            using var loops = new RunLoops(log, TimeProvider.System);
            WaitNotice? notice = null;
            var timing = _switches.Timing(parsed);
            var options = new ReplayRunOptions
            {
                Files = parsed.GetRequiredValue(_files),
                Selection = _switches.Selection(parsed),
                Timing = timing with
                {
                    OnLongWait = (time, recorded) => notice?.Tell(time, ReplayText.NextRequest(recorded, timing.Pace)),
                    LongWait = WaitNotice.LongWait,
                },
                Sending = _switches.Sending(parsed),
                Target = _switches.Target(parsed),
                AllowsRedacted = parsed.GetValue(_redacted),
                MemoryBytes = _memory.Of(parsed),
            };
            using var run = new ReplayRun(options, signals.End, loops, log.For<ReplayRun>());
            var console = new ReplayConsole(
                new ConsoleOptions
                {
                    Duration = parsed.GetValue(_duration.Option),
                    Report = _report.Of(parsed, parsed.GetValue(_quiet)),
                    AsJson = parsed.GetValue(_json),
                    IsQuiet = parsed.GetValue(_quiet),
                    Admin = _admin.AddressOf(parsed),
                    AdminNames = _admin.NamesOf(parsed),
                },
                signals,
                loops,
                log);
            return await console.RunAsync(run, made => notice = made);
        }
        catch (Exception fault) when (fault is RunException or RecordingException or CaptureException or MiddlewareException)
        {
            return ExitCode.Refuse(fault.Message);
        }
    }
}
