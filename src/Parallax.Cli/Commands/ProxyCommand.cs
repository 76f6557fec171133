using System.CommandLine;
using System.Net.Sockets;
using System.Security.Cryptography;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Entries;
using Parallax.Runs.Proxying;
using Parallax.Runs.Running;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax proxy</c>: in-line mirroring, between clients and the primary.</summary>
internal static class ProxyCommand
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

    public static CommandWithExamples Create()
    {
        var policy = new PolicySwitches();
        var quick = new QuickSwitches(policy);
        var documents = new ConfigurationSwitches(quick.Listen);
        var limits = new ProxySwitches(policy);
        var resources = new ResourceSwitches();
        var log = new AccessLogSwitches();
        var recording = new ProxyRecordingSwitches();
        var watch = new Option<bool>("--watch") { Description = "look at the documents every second and use what changed" };
        var admin = new AdminSwitches("/ready, /config_dump, /stats and /drain");
        var json = new Option<bool>("--json") { Description = "print the account as a JSON line" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "nothing on standard error but errors" };
        var grace = Setting.Duration("--grace", "time for requests and copies in flight when the run ends", "10s", mayBeZero: true);
        var command = new Command("proxy", Description) { watch, json, quiet, grace.Option };
        admin.AddTo(command);
        quick.AddTo(command);
        documents.AddTo(command);
        limits.AddTo(command);
        resources.AddTo(command);
        log.AddTo(command);
        recording.AddTo(command);
        command.SetAction(async parsed =>
        {
            using var signals = new StopSignals(grace.Of(parsed));
            var console = new ConsoleLog(parsed.GetValue(quiet));
            using var loops = new RunLoops(console, TimeProvider.System);
            try
            {
                resources.LimitMemory(parsed);
                using var access = log.TargetOf(parsed) is { } target ? NewLog(target, log.IsJson(parsed)) : null;
                var configuration = ConfigurationOf(parsed, quick, documents);
                var options = new ProxyRunOptions
                {
                    Configuration = configuration,
                    Compile = limits.CompilerOf(parsed),
                    Limits = limits.OptionsOf(parsed, configuration.HasDocuments),
                    MaxConnections = resources.MaxConnectionsOf(parsed),
                    MaxConnectionsPerClient = resources.MaxConnectionsPerClientOf(parsed),
                    Watches = parsed.GetValue(watch),
                    Recording = recording.OptionsOf(parsed),
                    AccessLog = access,
                };
                using var run = new ProxyRun(options, signals.End, loops, console.For<ProxyRun>());
                var shown = new ProxyConsoleOptions
                {
                    AsJson = parsed.GetValue(json),
                    IsQuiet = parsed.GetValue(quiet),
                    Admin = admin.AddressOf(parsed),
                    AdminNames = admin.NamesOf(parsed),
                };
                return await new ProxyConsole(shown, signals, loops, console).RunAsync(run);
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
        });
        return new(command, Examples);
    }

    private static ConfigurationInForce ConfigurationOf(ParseResult parsed, QuickSwitches quick, ConfigurationSwitches documents)
    {
        var sources = documents.SourcesOf(parsed);
        if (sources.Count == 0)
        {
            return new(quick.Build(parsed));
        }

        quick.CheckAbsent(parsed);
        return new(sources, documents.OptionsOf(parsed));
    }

    private static AccessLog NewLog(Func<Stream?> open, bool isJson) =>
        new(open, isJson, TimeProvider.System, message => Console.Error.WriteLine($"parallax: {message}"));
}
