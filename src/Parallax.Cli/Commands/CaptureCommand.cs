using System.CommandLine;
using System.Net.Sockets;
using Parallax.Capture.Sources;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Entries;
using Parallax.Runs.Capturing;
using Parallax.Runs.Running;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax capture</c>: out-of-band mirroring, from packets to shadows.</summary>
internal sealed class CaptureCommand
{
    private const string Description =
        "Takes mirrored packets, puts the HTTP/1 requests in them together and sends copies to another version of the service.";

    private const string Examples = """
          parallax capture --vxlan --to http://staging:8080
              AWS VPC Traffic Mirroring arrives at UDP port 4789; every request is replayed to staging
          parallax capture --interface eth0 --port 8000 --to http://10.0.0.9:8000 --percent 10
              a tenth of what port 8000 of this host receives (needs CAP_NET_RAW)
          parallax capture --pcap incident.pcap --port 80 --stdout
              prints the exchanges in a capture file
          parallax capture --vxlan --record traffic-%Y%m%d-%H%M.plx --record-time 1h --record-keep 50gb
              records exchanges without their secrets, a file an hour, 50 GB at most
        """;

    private readonly MemorySwitch _memory = new();
    private readonly SourceSwitches _sources = new();
    private readonly ConfigurationSwitches _documents = ConfigurationSwitches.WithoutSockets();
    private readonly ShadowSwitches _shadows;
    private readonly RecordingSwitches _recording = new();
    private readonly PrintSwitches _print = new();
    private readonly Option<bool> _raw = new("--keep-raw")
    {
        Description = "with --stdout and --record: show and record secrets as they are",
    };

    private readonly Option<bool> _json = new("--json") { Description = "print exchanges and the account as JSON lines" };
    private readonly Option<bool> _count = new("--count")
    {
        Description = "only count what arrives: progress and account, nothing else",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "no progress and no account on standard error" };
    private readonly Setting<TimeSpan> _duration = Setting.Duration("--duration", "stop after this time", "never");
    private readonly Option<string?> _health = new("--health")
    {
        Description = "answer health checks of a load balancer at this TCP port",
        HelpName = "[ADDRESS:]PORT",
    };

    private readonly Setting<TimeSpan> _grace = Setting.Duration(
        "--grace", "time for shadows in flight when the run ends", "10s", mayBeZero: true);
    private readonly ReportSwitch _report = new();
    private readonly AdminSwitches _admin = new("/ready, /metrics and /drain");

    private CaptureCommand()
    {
        _shadows = new ShadowSwitches(_documents);
    }

    public static CommandPage Create() => new CaptureCommand().Build();

    private CommandPage Build()
    {
        var page = new CommandPage(new("capture", Description), Examples);
        _sources.AddTo(page);
        _memory.AddTo(page);
        _shadows.AddTo(page);
        _documents.AddTo(page);
        _recording.AddTo(page);
        page.Add(SwitchGroup.Run, [.. _print.All, _count, _raw, _json, _report.Option, _quiet, _duration.Option, _grace.Option, _health]);
        _admin.AddTo(page);
        page.Command.SetAction(RunAsync);
        return page;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var signals = new StopSignals(_grace.Of(parsed));
        var log = new ConsoleLog(parsed.GetValue(_quiet));
        using var loops = new RunLoops(log, TimeProvider.System);
        try
        {
            _memory.Limit(parsed);
            var packets = _sources.OptionsOf(parsed);
            var isPrinting = _print.IsWanted(parsed);
            var mirrors = _shadows.OptionsOf(parsed, packets.MayWait, isPrinting, log.Say);
            var record = _recording.OptionsOf(parsed, parsed.GetValue(_raw));
            var isUsed = mirrors.Mirrors.Count > 0 || isPrinting || record is not null;
            if (isUsed == parsed.GetValue(_count))
            {
                throw new UsageException(isUsed
                    ? "--count only counts what arrives; leave it out with --to, --file, --stdout or --record"
                    : "nothing to do with the requests: add --to URL, --file with mirrors, --stdout or --record FILE, "
                        + "or --count to see what arrives");
            }

            if (record is { WithShadows: true } && mirrors.Mirrors.Count == 0)
            {
                throw new UsageException("--record-shadows records what shadows answer, but there are none: add --to URL or --file");
            }

            using var output = StandardOutput.Open();
            Action whenClosed = mirrors.Mirrors.Count == 0 && record is null ? signals.End.Stop : () => { };
            var printed = _print.OptionsOf(parsed, parsed.GetValue(_json), parsed.GetValue(_raw)) with
            {
                Match = _shadows.PrintedOf(parsed, hasCopies: mirrors.Mirrors.Count > 0),
                MayWait = packets.MayWait,
                IsLive = packets.PcapFiles.Count == 0 || packets.PcapFiles.Contains("-"),
            };
            using var printer = isPrinting ? new ExchangePrinter(output, printed, whenClosed, signals.Token) : null;
            var options = new CaptureRunOptions { Sources = packets, Mirrors = mirrors, Recording = record, Exchanges = printer };
            using var run = new CaptureRun(options, signals.End, loops, log.For<CaptureRun>());
            var console = new CaptureConsole(
                new ConsoleOptions
                {
                    Duration = parsed.GetValue(_duration.Option),
                    Report = _report.Of(parsed, parsed.GetValue(_quiet)),
                    AsJson = parsed.GetValue(_json),
                    IsQuiet = parsed.GetValue(_quiet),
                    Health = parsed.GetValue(_health) is { } port ? EndPoints.Listening(_health.Name, port, 8080) : null,
                    Admin = _admin.AddressOf(parsed),
                    AdminNames = _admin.NamesOf(parsed),
                    TakesOver = packets.TakesOver,
                },
                signals,
                loops,
                log);
            return await console.RunAsync(run, printer, output);
        }
        catch (RecordingException fault)
        {
            return ExitCode.Refuse($"--record: {fault.Message}");
        }
        catch (Exception fault) when (fault is RunException or CaptureException or SocketException)
        {
            return ExitCode.Refuse(fault.Message);
        }
    }
}
