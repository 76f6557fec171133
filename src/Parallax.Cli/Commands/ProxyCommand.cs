using System.CommandLine;
using System.Net.Sockets;
using System.Security.Cryptography;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Proxy.Configuration.Model;
using Parallax.Recording.Entries;
using Parallax.Runs.Proxying;
using Parallax.Runs.Running;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax proxy</c>: in-line mirroring, between clients and the primary.</summary>
internal sealed class ProxyCommand
{
    private const string Description =
        "Forwards HTTP/1 requests to the primary and sends copies to another version of the service; the clients do not notice.";

    private const string Examples = """
          parallax proxy --listen 8080 --primary http://app:8000 --mirror http://staging:8000
              everything that comes to port 8080 goes to app, and a copy of it to staging
          parallax proxy --listen 8080 --primary http://10.0.0.5:8000 --mirror http://10.0.0.9:8000 --percent 10
              a tenth of it is copied
          parallax proxy -f istio/ --listen 80=8080 --resolve httpbin:8000=10.0.0.5:80 --watch
              the routes and mirrors of Istio or Gateway API documents, read again when they change
          parallax proxy --listen 8080 --primary http://app:8000 --record traffic-%Y%m%d-%H%M.plx --record-time 1h --record-keep 50gb
              records exchanges without their secrets, a file an hour, 50 GB at most
        """;

    private readonly PolicySwitches _policy = PolicySwitches.OfProxies();
    private readonly QuickSwitches _quick;
    private readonly ConfigurationSwitches _documents;
    private readonly ProxySwitches _limits;
    private readonly ResourceSwitches _resources = new();
    private readonly AccessLogSwitches _log = new();
    private readonly ProxyRecordingSwitches _recording = new();
    private readonly Option<bool> _watch = new("--watch") { Description = "look at the documents every second and use what changed" };
    private readonly ReportSwitch _report = new();
    private readonly AdminSwitches _admin = new("/ready, /config_dump, /metrics, /mirrors and /drain");
    private readonly Option<bool> _json = new("--json") { Description = "print the account as a JSON line" };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "nothing on standard error but errors" };
    private readonly Setting<TimeSpan> _grace = Setting.Duration(
        "--grace", "time for requests and copies in flight when the run ends", "10s", mayBeZero: true);

    private readonly Setting<TimeSpan> _delay = Setting.Duration(
        "--drain-delay", "time before that in which it is not ready, but still listens", "0s", mayBeZero: true);

    private ProxyCommand()
    {
        _quick = new QuickSwitches(_policy);
        _documents = new ConfigurationSwitches(_quick.Listen);
        _limits = new ProxySwitches(_policy);
    }

    public static CommandPage Create() => new ProxyCommand().Build();

    private CommandPage Build()
    {
        var page = new CommandPage(new("proxy", Description), Examples);
        _quick.AddTo(page);
        _documents.AddTo(page);
        page.Add(SwitchGroup.Documents, _watch);
        _limits.AddTo(page);
        _resources.AddTo(page);
        _recording.AddTo(page);
        _log.AddTo(page);
        _admin.AddTo(page);
        page.Add(SwitchGroup.Run, _json, _report.Option, _quiet, _grace.Option, _delay.Option);
        page.Command.SetAction(RunAsync);
        return page;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var signals = new StopSignals(_grace.Of(parsed), _delay.Of(parsed));
        var console = new ConsoleLog(parsed.GetValue(_quiet));
        using var loops = new RunLoops(console, TimeProvider.System);
        try
        {
            _resources.LimitMemory(parsed);
            using var access = _log.TargetOf(parsed) is { } target ? NewLog(target, _log.IsJson(parsed), console) : null;
            var configuration = ConfigurationOf(parsed);
            var options = new ProxyRunOptions
            {
                Configuration = configuration,
                Compile = _limits.CompilerOf(parsed),
                Limits = _limits.OptionsOf(parsed, configuration.HasDocuments),
                MaxConnections = _resources.MaxConnectionsOf(parsed),
                MaxConnectionsPerClient = _resources.MaxConnectionsPerClientOf(parsed),
                Watches = parsed.GetValue(_watch),
                Recording = _recording.OptionsOf(parsed),
                AccessLog = access,
            };
            using var run = new ProxyRun(options, signals.End, loops, console.For<ProxyRun>());
            var shown = new ConsoleOptions
            {
                Report = _report.Of(parsed, parsed.GetValue(_quiet)),
                AsJson = parsed.GetValue(_json),
                IsQuiet = parsed.GetValue(_quiet),
                Admin = _admin.AddressOf(parsed),
                AdminNames = _admin.NamesOf(parsed),
                TakesOver = options.Limits.TakesOver,
            };
            var mirrors = configuration.HasDocuments ? null : new LiveMirrors(parsed, _quick.Changeable, QuickOf);
            return await new ProxyConsole(shown, signals, loops, console).RunAsync(run, mirrors);
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            // Told to end while it was starting: there is nothing to account for.
            return signals.IsInterrupted ? ExitCode.Interrupted : ExitCode.Ok;
        }
        catch (RecordingException fault)
        {
            return ExitCode.Refuse($"--record: {fault.Message}");
        }
        catch (Exception fault) when (fault is RunException or SocketException or IOException or UnauthorizedAccessException
            or CryptographicException)
        {
            return ExitCode.Refuse(fault.Message);
        }
    }

    private ProxyConfig QuickOf(ParseResult parsed) => _quick.Build(parsed, _limits.OfCopies, _limits.Timeout);

    private ConfigurationInForce ConfigurationOf(ParseResult parsed)
    {
        if (parsed.GetValue(_watch) && _documents.SourcesOf(parsed).Count == 0)
        {
            throw new UsageException($"{_watch.Name} looks at documents, and there are none. Without them mirrors are changed at the admin "
                + "port: with --admin 9901, curl -X POST 'http://127.0.0.1:9901/mirrors?percent=25'");
        }

        _documents.CheckNeeded(parsed);
        var sources = _documents.SourcesOf(parsed);
        if (sources.Count == 0)
        {
            var config = QuickOf(parsed);
            _quick.CheckSeed(parsed);
            return new(config);
        }

        _quick.CheckAbsent(parsed);
        return new(sources, _documents.OptionsOf(parsed));
    }

    private static AccessLog NewLog(Func<Stream?> open, bool isJson, ConsoleLog console) =>
        new(open, isJson, TimeProvider.System, console.SayFailing);
}
