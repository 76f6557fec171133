using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Parallax.Documents;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Serving;
using Parallax.Recording.Files;
using Parallax.Runs.Meters;
using Parallax.Runs.Running;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Counters;

namespace Parallax.Runs.Proxying;

/// <summary>A run of the proxy: it serves until it is to end, and then what is in flight is drained. Documents can be read again while
/// it runs; names of endpoints are looked up again and again.</summary>
/// <remarks>Thread safety: as of every <see cref="Run"/>; accounts and what says so may be asked for from any thread.</remarks>
/// <param name="options">What it does.</param>
/// <param name="end">Ends it.</param>
/// <param name="loops">Counts the faults of its event loops. The caller's.</param>
/// <param name="log">Where it logs.</param>
public sealed class ProxyRun(ProxyRunOptions options, RunEnd end, RunLoops loops, ILogger<ProxyRun> log) : Run(end, loops)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // Production is served without the addresses of a name that takes longer: it may be a mirror's.
    private static readonly TimeSpan LookUpPatience = TimeSpan.FromSeconds(5);

    // Names are looked up as often as Envoy does.
    private const int LooksPerResolution = 5;

    // Each takes a descriptor or two.
    private const int MaxLookUps = 16;

    private readonly ClusterSet _clusters = new();
    private readonly SemaphoreSlim _lookUps = new(MaxLookUps);
    private readonly LineLimiter _limiter = new(line => RunLog.Failing(log, line), TimeProvider.System);
    private readonly LineLimiter _warnings = new(line => RunLog.Finding(log, LogLevel.Warning, line), TimeProvider.System);
    private NameLookups? _names;
    private IReadOnlyDictionary<string, bool> _hosts = new Dictionary<string, bool>();
    private Recorder? _recorder;
    private AwaitedShadows? _awaited;
    private ProxyServer? _server;
    private long _started = Stopwatch.GetTimestamp();
    private readonly ReloadCounters _reloadsSeen = new();
    private int _reloads;
    private volatile ProxyConfig? _inForce;

    /// <summary>Where it listens, once it is prepared.</summary>
    public IReadOnlyList<IPEndPoint> Addresses => Server.Addresses;

    /// <summary>The configuration in force, once it is prepared.</summary>
    public ProxyConfig Configuration => _inForce ?? throw NotPrepared();

    /// <summary>The account of the recording; null when nothing is recorded.</summary>
    public RecorderAccount? Recording => _recorder?.Account;

    /// <summary>How long it has been running.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_started);

    /// <summary>The account as it stands, once it is prepared. Loops besides the proxy's own can have faults, too.</summary>
    public ProxyAccount Account => Server.Account with { Faults = Faults };

    /// <inheritdoc/>
    public override IEnumerable<Metric> Metrics
    {
        get
        {
            var account = Account;
            return
            [
                .. ProxyTable.All.Read(account),
                .. ProxyTable.Scarce.Read(account.Scarce),
                RunMetrics.OfTimes(
                    "response_seconds",
                    "From a request's head to the end of its response, where a primary answered in whole.",
                    [account.Latency.Read()]),
                new("copy_bytes", CounterKind.Level, "Memory that copies hold.", Server.CopyBytes),
                new(
                    "access_log_dropped",
                    CounterKind.Total,
                    "Lines of the access log that could not be written.",
                    options.AccessLog?.Dropped ?? 0),
                .. RunMetrics.OfMirrors(account.Mirrors),
                .. RunMetrics.OfShadows(account.Shadows),
                .. RunMetrics.OfRecording(Recording),
                .. _reloadsSeen.Metrics,
                RunMetrics.OfLag(account.Lag),
                .. RunMetrics.OfProcess(Elapsed),
            ];
        }
    }

    private ProxyServer Server => _server ?? throw NotPrepared();

    /// <summary>Has the documents read again, changed or not. Any thread.</summary>
    public void Reload() => Interlocked.Increment(ref _reloads);

    /// <summary>Has another configuration put in force within a second; the log says so. Any thread.</summary>
    /// <exception cref="InvalidOperationException">The configuration is that of documents.</exception>
    public void Replace(ProxyConfig config)
    {
        options.Configuration.Replace(config);
        Reload();
    }

    /// <summary>Opens the access log again under its name, and begins another file of the recording. Any thread.</summary>
    public void BeginNextFiles()
    {
        options.AccessLog?.Reopen();
        _recorder?.BeginNextFile();
    }

    /// <inheritdoc/>
    protected override async Task OpenAsync(CancellationToken cancellationToken)
    {
        var config = options.Configuration.Read(finding => RunLog.Finding(log, finding))
            ?? throw new RunException($"{options.Configuration.Errors} errors in the documents; nothing was started");
        if (config.Listeners.Count == 0)
        {
            throw new RunException("the documents declare no listener: there is neither a Gateway nor a service to listen for");
        }

        _names = new NameLookups(_clusters, LookUpAsync);
        await ApplyAsync(config, cancellationToken);
        var limits = ResourceBounds.Apply(options, config.Listeners.Count) with
        {
            Notice = line => _limiter.Say("overload", line),
        };
        _inForce = config;
        _reloadsSeen.Begin(options.Configuration.Fingerprint);
        if (options.Recording is { } recording)
        {
            _recorder = new(recording.Recorder, TimeProvider.System, fault => RunLog.RecordingFails(log, fault));
            _awaited = recording.Recorder.WithShadows
                ? new(_recorder, recording.MemoryBytes / 2, recording.MaxBodyBytes, TimeProvider.System)
                : null;
            limits = limits with
            {
                Recording = new(_recorder, recording.MemoryBytes, recording.MaxBodyBytes, TimeProvider.System) { Shadows = _awaited },
            };
        }

        if (options.AccessLog is { } access)
        {
            limits = limits with { Observer = access.OnRequest, CopyObserver = access.OnCopy };
        }

        _started = Stopwatch.GetTimestamp();
        _server = new ProxyServer(options.Compile(config), _clusters, limits, Loops.OnFault);
        _server.Start();
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync()
    {
        using var watch = new TroubleWatch(() => Server.Shadows, "copies", log, Loops.Clock).Start(Loops.OnFault);
        await ServeAsync();
    }

    /// <inheritdoc/>
    protected override async Task FinishAsync()
    {
        if (End.Token.IsCancellationRequested && End.Delay > TimeSpan.Zero)
        {
            RunLog.Leaving(log, NumberText.Span(End.Delay));
            Server.SendClientsAway();
            await End.AwaitDelayAsync();
        }

        if (Server.Account.InFlight is > 0 and var inFlight)
        {
            RunLog.Stopping(log, NumberText.Count(inFlight), "requests", NumberText.Time(End.Grace));
        }

        await Server.DrainAsync(End.GraceLeft);
        _awaited?.End();
        End.Finish(_recorder is null ? null : _recorder.End, options.AccessLog is null ? null : options.AccessLog.End);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool isDisposing)
    {
        _server?.Dispose();
        if (!HasStarted)
        {
            _recorder?.Discard();
        }

        _recorder?.Dispose();
        _lookUps.Dispose();
        _limiter.Dispose();
        _warnings.Dispose();
    }

    private static InvalidOperationException NotPrepared() => new("the run is not prepared");

    /// <summary>Looks after documents and names until the run is to end.</summary>
    private async Task ServeAsync()
    {
        using var timer = new PeriodicTimer(LookEvery);
        try
        {
            for (var look = 1; await timer.WaitForNextTickAsync(End.Token); look++)
            {
                var isForced = Interlocked.Exchange(ref _reloads, 0) > 0;
                if (isForced || options.Watches)
                {
                    await ReloadAsync(isForced);
                }

                if (look % LooksPerResolution == 0)
                {
                    await LookUpAgainAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The run is to end.
        }
    }

    private async Task<IPAddress[]> LookUpAsync(string host, CancellationToken stop)
    {
        await _lookUps.WaitAsync(stop);
        try
        {
            return await Dns.GetHostAddressesAsync(host, stop);
        }
        finally
        {
            _lookUps.Release();
        }
    }

    private async Task LookUpAgainAsync()
    {
        try
        {
            await _names!.LookUpAgainAsync(End.Token);
            SayWhichHaveNoAddress();
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _limiter.SayFault("names of endpoints could not be looked up, the addresses known before stay", fault);
        }
    }

    // Whatever is wrong with new documents, production is served as before.
    private async Task ReloadAsync(bool isForced)
    {
        try
        {
            await ReadAgainAsync(isForced);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _reloadsSeen.Count(ReloadResult.Refused);
            if (fault is SocketException or CryptographicException or IOException)
            {
                _limiter.Say("reload", $"the new configuration cannot be used: {fault.Message}; what was in force stays in force");
                return;
            }

            _limiter.SayFault("the new configuration cannot be used, what was in force stays in force", fault);
        }
    }

    private async Task ReadAgainAsync(bool isForced)
    {
        // A run that is to end does not wait for documents that take long, such as a pipe whose writer is silent.
        var (isChanged, config) = await Task
            .Run(() => (options.Configuration.TryReadAgain(isForced, SayFinding, out var read), read), End.Token)
            .WaitAsync(End.Token);
        if (isForced && options.Configuration.Kept is { Count: > 0 } kept)
        {
            _limiter.Say("read once", $"{string.Join(", ", kept)} can be read only once; what was read of it at the start stays in force");
        }

        if (!isChanged)
        {
            if (isForced)
            {
                _reloadsSeen.Count(ReloadResult.Unchanged);
            }

            return;
        }

        if (config is null or { Listeners.Count: 0 })
        {
            _reloadsSeen.Count(ReloadResult.Refused);
            var because = config is null ? "cannot be used" : "no longer declare a listener";
            _limiter.Say("reload", $"the documents changed and {because}; what was in force stays in force");
            return;
        }

        var table = options.Compile(config);
        try
        {
            await ApplyAsync(config, End.Token);
            await Server.ReloadAsync(table);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            _clusters.Undo();
            Server.Refresh();
            throw;
        }

        var changes = ConfigurationChanges.Of(Configuration, config);
        var same = options.Configuration.WarningsAsBefore;
        _inForce = config;
        _reloadsSeen.Apply(options.Configuration.Fingerprint);
        RunLog.Reloaded(
            log, string.Join(", ", Server.Addresses), changes + (same > 0 ? $"; warnings as before ({NumberText.Count(same)})" : ""));
    }

    private async Task ApplyAsync(ProxyConfig config, CancellationToken stop)
    {
        _clusters.Apply(config);
        if (!await _names!.LookUpAsync(LookUpPatience, stop))
        {
            var waited = LookUpPatience.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            _limiter.Say(
                "names", $"names of endpoints are still being looked up after {waited} s; what has no other endpoint is answered 503");
            return;
        }

        SayWhichHaveNoAddress();
    }

    // When it begins and when it ends.
    private void SayWhichHaveNoAddress()
    {
        var before = _hosts;
        _hosts = _clusters.Hosts;
        foreach (var (host, hasAddress) in _hosts.Where(each => before.GetValueOrDefault(each.Key, defaultValue: true) != each.Value))
        {
            if (hasAddress)
            {
                RunLog.HasAnAddress(log, host);
            }
            else
            {
                RunLog.HasNoAddress(log, host);
            }
        }
    }

    private void SayFinding(Finding finding) =>
        (finding.Severity == Severity.Error ? _limiter : _warnings).Say("documents", finding.ToString());
}
