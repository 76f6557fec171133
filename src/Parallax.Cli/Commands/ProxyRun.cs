using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Parallax.Cli.Admin;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Configuration;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Serving;
using Parallax.Recording.Files;

namespace Parallax.Cli.Commands;

/// <summary>What a run of the proxy prints, and how it ends.</summary>
internal sealed record ProxyRunOptions
{
    public bool AsJson { get; init; }

    public bool IsQuiet { get; init; }

    public TimeSpan Grace { get; init; }

    /// <summary>Limits a proxy that listens at so many addresses to what the machine has; by default not at all.</summary>
    public Func<ProxyOptions, int, ProxyOptions> Limit { get; init; } = static (same, _) => same;

    public bool Watches { get; init; }

    /// <summary>Starts recording, and says where when it stops; null when nothing is to be recorded.</summary>
    public Func<Action<string>, ProxyRecording?> StartRecorder { get; init; } = static _ => null;

    /// <summary>Where the admin side listens; null for nowhere.</summary>
    public IPEndPoint? Admin { get; init; }

    /// <summary>Names by which the admin side may be asked.</summary>
    public IReadOnlyList<string> AdminNames { get; init; } = [];

    /// <summary>Told once, with the addresses, that the proxy listens.</summary>
    public Action<IReadOnlyList<IPEndPoint>> OnListening { get; init; } = static _ => { };
}

/// <summary>One run of <c>parallax proxy</c>: listens, serves until it is told to stop, drains, prints the account.</summary>
internal sealed class ProxyRun(ConfigurationInForce configuration, StopSignals signals, ProxyRunOptions options, RunLoops loops)
    : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // Production is served without the addresses of a name that takes longer: it may be a mirror's.
    private static readonly TimeSpan LookUpPatience = TimeSpan.FromSeconds(5);

    // Names are looked up as often as Envoy does.
    private const int LooksPerResolution = 5;

    // Each takes a descriptor or two.
    private const int MaxLookUps = 16;

    private readonly ClusterSet _clusters = new();
    private readonly LineLimiter _limiter = new(Warn, TimeProvider.System);
    private int _hangUps;
    private volatile ProxyConfig? _inForce;

    public async Task<int> RunAsync(ProxyOptions limits, Func<ProxyConfig, RoutingTable> compile, AccessLog? log)
    {
        if (configuration.Read(finding => Console.Error.WriteLine($"parallax: {finding}")) is not { } config)
        {
            return ExitCode.Usage;
        }

        if (config.Listeners.Count == 0)
        {
            throw new UsageException("the documents declare no listener: there is neither a Gateway nor a service to listen for");
        }

        using var hangUp = OperatingSystem.IsWindows() ? null : PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnHangUp);
        using var lookUps = new SemaphoreSlim(MaxLookUps);
        var names = new NameLookups(_clusters, (host, stop) => LookUpAsync(lookUps, host, stop));
        await ApplyAsync(config, names);
        limits = options.Limit(limits, config.Listeners.Count) with
        {
            Notice = line => _limiter.Say("overload", line),
        };
        limits = log is null ? limits : limits with { Observer = log.OnRequest, CopyObserver = log.OnCopy };
        _inForce = config;
        var recording = options.StartRecorder(Warn);
        using var recorder = recording?.Recorder;
        limits = limits with { Recording = recording };
        using var server = new ProxyServer(
            compile(config),
            _clusters,
            limits,
            loops.OnFault);
        using var rotation = new RotationSignals(() =>
        {
            log?.Reopen();
            recorder?.BeginNextFile();
        });
        var started = Stopwatch.GetTimestamp();
        server.Start();
        using var admin = options.Admin is { } address
            ? AdminPort.Open(address, options.AdminNames, ResourcesOf(server, log, recorder), loops)
            : null;
        options.OnListening(server.Addresses);
        Say($"listening at {string.Join(", ", server.Addresses)}{(admin is null ? "" : $", admin at {admin.LocalEndPoint}")}"
            + (recorder is null ? "" : $", recorded to {recorder.Account.Path}"));
        await ServeAsync(server, compile, names);
        await DrainAsync(server);
        signals.End.Finish(recorder is null ? null : recorder.End, log is null ? null : log.End);
        var isReported = Report(AccountOf(server), recorder?.Account, Stopwatch.GetElapsedTime(started));
        return loops.ExitCodeOr(signals.IsInterrupted ? ExitCode.Interrupted : isReported ? ExitCode.Ok : ExitCode.Failed);
    }

    /// <summary>Tells what was not said yet.</summary>
    public void Dispose() => _limiter.Dispose();

    private AdminResource[] ResourcesOf(ProxyServer server, AccessLog? log, Recorder? recorder) =>
    [
        .. RunResources.Of(signals, () => Stats.Of(AccountOf(server), server.CopyBytes, log?.Dropped ?? 0, recorder?.Account)),
        new("GET", "/config_dump", () => ConfigDump.Of(_inForce!)),
    ];

    // The admin side's loop can have faults, too.
    private ProxyAccount AccountOf(ProxyServer server) => server.Account with { Faults = loops.Faults };

    private void OnHangUp(PosixSignalContext context)
    {
        context.Cancel = true;
        Interlocked.Increment(ref _hangUps);
    }

    /// <summary>Looks after documents and names until the run is to end.</summary>
    private async Task ServeAsync(ProxyServer server, Func<ProxyConfig, RoutingTable> compile, NameLookups names)
    {
        using var timer = new PeriodicTimer(LookEvery);
        try
        {
            for (var look = 1; await timer.WaitForNextTickAsync(signals.Token); look++)
            {
                var isForced = Interlocked.Exchange(ref _hangUps, 0) > 0;
                if (isForced || options.Watches)
                {
                    await ReloadAsync(server, compile, names, isForced);
                }

                if (look % LooksPerResolution == 0)
                {
                    await LookUpAgainAsync(names);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run is to end.
        }
    }

    private static async Task<IPAddress[]> LookUpAsync(SemaphoreSlim lookUps, string host, CancellationToken stop)
    {
        await lookUps.WaitAsync(stop);
        try
        {
            return await Dns.GetHostAddressesAsync(host, stop);
        }
        finally
        {
            lookUps.Release();
        }
    }

    private async Task LookUpAgainAsync(NameLookups names)
    {
        try
        {
            await names.LookUpAgainAsync(signals.Token);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _limiter.SayFault("names of endpoints could not be looked up, the addresses known before stay", fault);
        }
    }

    // Whatever is wrong with new documents, production is served as before.
    private async Task ReloadAsync(ProxyServer server, Func<ProxyConfig, RoutingTable> compile, NameLookups names, bool isForced)
    {
        try
        {
            await ReadAgainAsync(server, compile, names, isForced);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            if (fault is SocketException or CryptographicException or IOException)
            {
                _limiter.Say("reload", $"the new configuration cannot be used: {fault.Message}; what was in force stays in force");
                return;
            }

            _limiter.SayFault("the new configuration cannot be used, what was in force stays in force", fault);
        }
    }

    private async Task ReadAgainAsync(ProxyServer server, Func<ProxyConfig, RoutingTable> compile, NameLookups names, bool isForced)
    {
        // A run that is to end does not wait for documents that take long, such as a pipe whose writer is silent.
        var (isChanged, config) = await Task
            .Run(() => (configuration.TryReadAgain(isForced, SayFinding, out var read), read), signals.Token)
            .WaitAsync(signals.Token);
        if (!isChanged)
        {
            return;
        }

        if (config is null or { Listeners.Count: 0 })
        {
            var because = config is null ? "cannot be used" : "no longer declare a listener";
            _limiter.Say("reload", $"the documents changed and {because}; what was in force stays in force");
            return;
        }

        var table = compile(config);
        try
        {
            await ApplyAsync(config, names);
            await server.ReloadAsync(table);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _clusters.Undo();
            server.Refresh();
            throw;
        }

        _inForce = config;
        Say($"new configuration in force, listening at {string.Join(", ", server.Addresses)}");
    }

    private async Task ApplyAsync(ProxyConfig config, NameLookups names)
    {
        _clusters.Apply(config);
        if (!await names.LookUpAsync(LookUpPatience, signals.Token))
        {
            var waited = LookUpPatience.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            _limiter.Say(
                "names", $"names of endpoints are still being looked up after {waited} s; what has no other endpoint is answered 503");
        }
    }

    private void SayFinding(string finding) => _limiter.Say("documents", finding);

    private async Task DrainAsync(ProxyServer server)
    {
        if (server.Account.UnderWay is > 0 and var underWay)
        {
            Say($"stopping; {AccountText.N(underWay)} requests in flight have "
                + $"{AccountText.Time((long)options.Grace.TotalNanoseconds)} (a second signal ends at once)");
        }

        await server.DrainAsync(signals.End.Grace);
    }

    private bool Report(ProxyAccount account, RecorderAccount? recorded, TimeSpan elapsed)
    {
        if (options.AsJson)
        {
            using var output = StandardOutput.Open();
            return StandardOutput.TryWrite(() => ProxyAccountJson.Write(output, account, recorded, elapsed), signals.End.GiveUp);
        }

        if (!options.IsQuiet)
        {
            ProxyAccountText.Write(Console.Error, account, elapsed);
            if (recorded is not null)
            {
                AccountText.WriteRecording(Console.Error, recorded);
            }
        }

        return true;
    }

    private static void Warn(string message) => Console.Error.WriteLine($"parallax: {message}");

    private void Say(string message)
    {
        if (!options.IsQuiet)
        {
            Warn(message);
        }
    }
}
