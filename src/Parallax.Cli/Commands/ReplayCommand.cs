using System.CommandLine;
using Parallax.Capture.Sources;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Entries;
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
                using var loops = RunLoops.OfProcess();
                var run = new ReplayRun(parsed.GetRequiredValue(files), switches, signals, loops)
                {
                    AllowsRedacted = parsed.GetValue(redacted),
                    MemoryBytes = memory.Of(parsed),
                    Duration = duration.IsGiven(parsed) ? duration.Of(parsed) : null,
                    AsJson = parsed.GetValue(json),
                    IsQuiet = parsed.GetValue(quiet),
                    Admin = admin.AddressOf(parsed),
                    AdminNames = admin.NamesOf(parsed),
                };
                return await run.RunAsync(parsed);
            }
            catch (Exception fault) when (fault is UsageException or RecordingException or CaptureException
                or MiddlewareException)
            {
                await Console.Error.WriteLineAsync($"parallax: {fault.Message}");
                return ExitCode.Usage;
            }
        });
        return new(command, Examples);
    }
}
