using System.CommandLine;
using Parallax.Capture.Sources;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Entries;
using Parallax.Runs.Capturing;
using Parallax.Runs.Running;

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
            var log = new ConsoleLog(parsed.GetValue(quiet));
            using var loops = new RunLoops(log, TimeProvider.System);
            try
            {
                memory.Limit(parsed);
                var packets = sources.OptionsOf(parsed);
                var mirrors = shadows.OptionsOf(parsed, packets.MayWait, line => Console.Error.WriteLine($"parallax: {line}"));
                var record = recording.OptionsOf(parsed, parsed.GetValue(raw));
                if (mirrors.Mirrors.Count == 0 && !parsed.GetValue(stdout) && record is null)
                {
                    throw new UsageException(
                        "nothing to do with the requests: add --to URL, --file with mirrors, --stdout or --record FILE");
                }

                using var output = StandardOutput.Open();
                Action whenClosed = mirrors.Mirrors.Count == 0 && record is null ? signals.End.Stop : () => { };
                using var printer = parsed.GetValue(stdout)
                    ? new RequestPrinter(
                        output, parsed.GetValue(json), parsed.GetValue(raw), packets.MayWait, whenClosed, signals.Token)
                    : null;
                var options = new CaptureRunOptions { Sources = packets, Mirrors = mirrors, Recording = record, Requests = printer };
                using var run = new CaptureRun(options, signals.End, loops, log.For<CaptureRun>());
                if (parsed.GetValue(duration.Option) is { } time)
                {
                    signals.End.StopAfter(time);
                }

                var console = new CaptureConsole(
                    new()
                    {
                        AsJson = parsed.GetValue(json),
                        IsQuiet = parsed.GetValue(quiet),
                        Health = parsed.GetValue(health) is { } port ? EndPoints.Listening(health.Name, port, 8080) : null,
                        Admin = admin.AddressOf(parsed),
                        AdminNames = admin.NamesOf(parsed),
                    },
                    signals,
                    loops,
                    log);
                return await console.RunAsync(run, printer, output, packets.MayWait);
            }
            catch (RecordingException fault)
            {
                return ExitCode.Refuse($"--record: {fault.Message}");
            }
            catch (Exception fault) when (fault is RunException or CaptureException)
            {
                return ExitCode.Refuse(fault.Message);
            }
        });
        return new(command, Examples);
    }
}
