using System.CommandLine;
using Parallax.Capture.Sources;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax capture</c>: out-of-band mirroring, from packets to shadows.</summary>
internal static class CaptureCommand
{
    private const string Description =
        "Takes mirrored packets, puts the HTTP/1 requests in them together and sends copies to another version of the service.";

    private const string Examples = """
          parallax capture --vxlan --to http://staging:8080
              AWS VPC Traffic Mirroring arrives at UDP port 4789; every request is replayed to staging
          parallax capture --interface eth0 --port 8000 --to http://10.0.0.9:8000 --percent 10
              a tenth of what port 8000 of this host receives (needs CAP_NET_RAW)
          parallax capture --pcap incident.pcap --port 80 --stdout
              prints the requests in a capture file
          parallax capture --vxlan --record traffic-%Y%m%d-%H%M.plx --record-time 1h --record-keep 50gb
              records exchanges without their secrets, a file an hour, 50 GB at most
        """;

    public static CommandWithExamples Create()
    {
        var memory = new MemorySwitch();
        var sources = new SourceSwitches();
        var documents = ConfigurationSwitches.WithoutSockets();
        var shadows = new ShadowSwitches(documents);
        var recording = new RecordingSwitches();
        var stdout = new Option<bool>("--stdout") { Description = "print the requests" };
        var raw = new Option<bool>("--keep-raw") { Description = "with --stdout and --record: show and record secrets as they are" };
        var json = new Option<bool>("--json") { Description = "print requests and the account as JSON lines" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "no progress and no account on standard error" };
        var duration = Setting.Duration("--duration", "stop after this time", "never");
        var health = new Option<string?>("--health")
        {
            Description = "answer health checks of a load balancer at this TCP port",
            HelpName = "[ADDRESS:]PORT",
        };
        var grace = Setting.Duration("--grace", "time for shadows in flight when the run ends", "10s", mayBeZero: true);
        var admin = new AdminSwitches("/ready, /stats and /drain");
        var command = new Command("capture", Description) { stdout, raw, json, quiet, duration.Option, health, grace.Option };
        admin.AddTo(command);
        memory.AddTo(command);
        sources.AddTo(command);
        shadows.AddTo(command);
        documents.AddTo(command);
        recording.AddTo(command);
        command.SetAction(async parsed =>
        {
            using var signals = new StopSignals(grace.Of(parsed));
            using var loops = RunLoops.OfProcess();
            try
            {
                memory.Limit(parsed);
                sources.Check(parsed);
                using var setup = shadows.Build(parsed, sources.MayWait(parsed), loops.Create);
                var run = new CaptureRun(sources, setup, recording, signals, new()
                {
                    Prints = parsed.GetValue(stdout),
                    ShowsCredentials = parsed.GetValue(raw),
                    AsJson = parsed.GetValue(json),
                    IsQuiet = parsed.GetValue(quiet),
                    Duration = parsed.GetValue(duration.Option),
                    Grace = grace.Of(parsed),
                    Health = parsed.GetValue(health),
                    Admin = admin.AddressOf(parsed),
                    AdminNames = admin.NamesOf(parsed),
                }, loops);
                return await run.RunAsync(parsed);
            }
            catch (Exception fault) when (fault is UsageException or CaptureException)
            {
                await Console.Error.WriteLineAsync($"parallax: {fault.Message}");
                return ExitCode.Usage;
            }
        });
        return new(command, Examples);
    }
}
