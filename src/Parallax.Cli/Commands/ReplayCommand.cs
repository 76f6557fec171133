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
internal static class ReplayCommand
{
    private const string Description = "Sends the requests of a recording or capture file again, at their own pace or another.";

    private const string Examples = """
          parallax replay monday.plx --to http://staging:8080
              as it was: the recorded pace, connections and order
          parallax replay requests_0.gor.gz --to http://staging:8080 --speed 10x --ramp 1m
              ten times as fast, after a minute of growing load
          parallax replay incident.pcap --to http://localhost:8080 --allow path:^/cart --from 30s --to-time 90s
              one minute of a capture file, and one part of the service
          parallax replay monday.plx --to http://staging:8080 --closed --workers 32 --pooled --loop 10
              closed loop: how much does it take?
        """;

    public static CommandWithExamples Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = ".plx, .gor, .har, pcap or pcapng files, plain or gzip; several are merged by time",
            Arity = ArgumentArity.OneOrMore,
        };
        var switches = new ReplaySwitches();
        var redacted = new Option<bool>("--allow-redacted") { Description = "replay a recording whose secrets were replaced" };
        var limit = new MemorySwitch();
        var memory = Setting.Size(
            "--memory",
            "memory for requests at most",
            "a quarter of the heap, 256mb at most",
            () => MemoryShares.MessageBytesOf(ProcessMemory.HeapBytes),
            least: 1 << 20);
        var duration = Setting.Duration("--duration", "stop after this time", "never");
        var grace = Setting.Duration("--grace", "time for requests in flight when the run ends", "10s", mayBeZero: true);
        var json = new Option<bool>("--json") { Description = "print the account as one JSON object" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "no progress and no account on standard error" };
        var admin = new AdminSwitches("/ready, /stats and /drain");
        var command = new Command("replay", Description) { files };
        switches.AddTo(command);
        limit.AddTo(command);
        admin.AddTo(command);
        foreach (var option in (Option[])[redacted, memory.Option, duration.Option, grace.Option, json, quiet])
        {
            command.Options.Add(option);
        }

        command.SetAction(async parsed =>
        {
            try
            {
                limit.Limit(parsed);
                using var signals = new StopSignals(grace.Of(parsed));
                var log = new ConsoleLog(parsed.GetValue(quiet));
                using var loops = new RunLoops(log, TimeProvider.System);
                WaitNotice? notice = null;
                var timing = switches.Timing(parsed);
                var options = new ReplayRunOptions
                {
                    Files = parsed.GetRequiredValue(files),
                    Selection = switches.Selection(parsed),
                    Timing = timing with
                    {
                        OnLongWait = (time, recorded) => notice?.Tell(time, ReplayText.NextRequest(recorded, timing.Pace)),
                        LongWait = WaitNotice.LongWait,
                    },
                    Sending = switches.Sending(parsed),
                    Target = switches.Target(parsed),
                    AllowsRedacted = parsed.GetValue(redacted),
                    MemoryBytes = memory.Of(parsed),
                };
                using var run = new ReplayRun(options, signals.End, loops, log.For<ReplayRun>());
                if (duration.IsGiven(parsed))
                {
                    signals.End.StopAfter(duration.Of(parsed));
                }

                var console = new ReplayConsole(
                    new()
                    {
                        AsJson = parsed.GetValue(json),
                        IsQuiet = parsed.GetValue(quiet),
                        Admin = admin.AddressOf(parsed),
                        AdminNames = admin.NamesOf(parsed),
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
        });
        return new(command, Examples);
    }
}
