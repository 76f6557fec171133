using System.Net;
using Microsoft.Extensions.Logging;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Runs.Capturing;
using Parallax.Runs.Proxying;
using Parallax.Runs.Replaying;
using Parallax.Runs.Running;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;

namespace Parallax.Runs.Tests;

/// <summary>Runs as a program makes them that has no command line, and what they need.</summary>
internal sealed class Rig : IDisposable
{
    /// <summary>How long a test waits for what should happen at once.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<string> _files = [];

    /// <param name="onLoop">Called with each loop that a run makes.</param>
    public Rig(Action<IEventLoop>? onLoop = null) =>
        Loops = new(Log, TimeProvider.System) { OnCreated = onLoop ?? (static _ => { }) };

    public ListLog<RunLoops> Log { get; } = new();

    public RunLoops Loops { get; }

    public RunEnd End { get; init; } = new(TimeSpan.FromSeconds(10), TimeProvider.System, () => { });

    /// <summary>A capture of one request that is mirrored to the sink.</summary>
    public CaptureRun NewCapture(Sink sink, CaptureFile file, ILogger<CaptureRun> log) => new(
        new()
        {
            Sources = new()
            {
                PcapFiles = [file.Path],
                Ports = [80],
                MemoryBytes = 8 << 20,
                MaxBodyBytes = 1 << 20,
                MaxFlows = 100,
            },
            Mirrors = new() { Mirrors = [new(new(), TargetAt(sink))] },
        },
        End,
        Loops,
        log);

    /// <summary>A replay of one request.</summary>
    public ReplayRun NewReplay(Sink sink, ILogger<ReplayRun> log)
    {
        var path = Path.GetTempFileName();
        _files.Add(path);
        File.WriteAllText(path, "1 0000000000000001 1700000000000000000 0\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\n🐵🙈🙉\n");
        return new(
            new()
            {
                Files = [path],
                Selection = new(new(), ShadowMark.OfThisProcess, new Random(1)),
                Timing = new() { Pace = new() },
                Sending = new(),
                Target = () => TargetAt(sink),
                MemoryBytes = 1 << 20,
            },
            End,
            Loops,
            log);
    }

    /// <summary>A proxy before the sink.</summary>
    public ProxyRun NewProxy(Sink sink, AccessLog? access, ILogger<ProxyRun> log)
    {
        Assert.True(ServerUrl.TryParse(sink.Url, out var primary, out _));
        var config = QuickMode.Build([new(IPAddress.Loopback, 0)], primary, [], tls: null, verifiesCertificates: true);
        return NewProxy(new ConfigurationInForce(config), access, log);
    }

    /// <summary>A proxy of that configuration.</summary>
    public ProxyRun NewProxy(ConfigurationInForce configuration, AccessLog? access, ILogger<ProxyRun> log) => new(
        new()
        {
            Configuration = configuration,
            Compile = read => RoutingTable.Compile(read, ShadowHost.Suffix),
            Limits = ProxyOptions.Default with { Loops = 1 },
            AccessLog = access,
        },
        End,
        Loops,
        log);

    /// <summary>A pcap file with one request in it.</summary>
    public static CaptureFile OneRequest() => new(new FlowScript().Handshake().Client("GET / HTTP/1.1\r\nHost: a\r\n\r\n").Segments);

    public void Dispose()
    {
        Loops.Dispose();
        End.Dispose();
        _files.ForEach(File.Delete);
    }

    private static ShadowTargetConfig TargetAt(Sink sink)
    {
        Assert.True(ServerUrl.TryParse(sink.Url, out var url, out _));
        return new()
        {
            Name = "shadow",
            Url = url,
            Addresses = [new(IPAddress.Loopback, sink.Port)],
            Rewriter = new(new() { MirrorName = "shadow", TargetAuthority = url.Authority }),
        };
    }
}
