using System.CommandLine;
using System.Net;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that say where copies go, which requests are copied and what is changed in them. Every command that sends
/// shadows has the same ones.</summary>
internal sealed class ShadowSwitches(ConfigurationSwitches documents)
{
    private static readonly TimeSpan QueueTimeoutFromFile = TimeSpan.FromSeconds(60);

    private readonly Option<string[]> _to = new("--to")
    {
        Description = "send a copy of each request to this URL (repeatable)",
        HelpName = "URL",
    };

    private readonly PolicySwitches _policy = new();
    private readonly Option<bool> _sessions = new("--keep-sessions")
    {
        Description = "one shadow connection per captured connection, in order",
    };

    private readonly Setting<int> _connections = Setting.Count("--connections", "connections to a target at most", 64, most: 65_536);
    private readonly Setting<TimeSpan> _timeout = Setting.Duration("--timeout", "a shadow must have answered after this time", "10s");
    private readonly Setting<TimeSpan> _connectTimeout = Setting.Duration(
        "--connect-timeout", "a connection must stand after this time", "2s");

    private readonly Setting<int> _queue = Setting.Count("--queue", "requests that may wait for a target", 10_000);
    private readonly Setting<long> _queueBytes = Setting.Size(
        "--queue-bytes",
        "bytes that may wait for a target",
        "an eighth of the heap, 128mb at most",
        () => MemoryShares.WaitingBytesOf(ProcessMemory.HeapBytes),
        least: 1);

    private readonly Setting<TimeSpan> _queueTimeout = Setting.Duration(
        "--queue-timeout", "a request may wait so long for a connection; from a file 60s", "5s");
    private readonly Option<bool> _insecure = new("--insecure") { Description = "do not verify the certificate of an https target" };

    /// <summary>What <c>--to</c> needs said about it; documents say it themselves.</summary>
    private IEnumerable<Option> AboutUrls => [.. _policy.OfOneMirror, _insecure];

    /// <summary>All options but <c>--to</c>: they say something about copies, so they need some.</summary>
    private IEnumerable<Option> AboutCopies =>
    [
        .. AboutUrls, .. _policy.OfAllMirrors, _sessions, _connections.Option, _timeout.Option, _connectTimeout.Option, _queue.Option,
        _queueBytes.Option, _queueTimeout.Option,
    ];

    public void AddTo(Command command)
    {
        foreach (var option in AboutCopies.Prepend(_to))
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Makes the targets and their policies. The loops are started.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="fromFile">True when requests come from a file, which waits for a slow target.</param>
    /// <param name="newLoop">Makes the targets' loop, given its name.</param>
    /// <exception cref="UsageException">A value is not right.</exception>
    public ShadowSetup Build(ParseResult parsed, bool fromFile, Func<string, IEventLoop> newLoop)
    {
        var urls = parsed.GetValue(_to) ?? [];
        var hasDocuments = documents.SourcesOf(parsed).Count > 0;
        var needUrls = hasDocuments ? AboutUrls : AboutCopies;
        if (urls.Length == 0 && needUrls.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } idle)
        {
            throw new UsageException($"{idle.Name} says something about copies, but no --to URL says where they go");
        }

        var setup = new ShadowSetup(_policy.StickyOf(parsed), _policy.MarkOf(parsed), newLoop);
        try
        {
            for (var i = 0; i < urls.Length; i++)
            {
                var url = Parsing.Value<ShadowUrl>(_to, urls[i], ShadowUrl.TryParse)!;
                setup.Add(MirrorTo(parsed, fromFile, url, urls.Length == 1 ? "shadow" : $"shadow-{i + 1}", setup.Loop));
            }

            if (hasDocuments)
            {
                AddDocuments(parsed, fromFile, setup);
            }

            return setup;
        }
        catch
        {
            setup.Dispose();
            throw;
        }
    }

    // A mirror's cluster has one target: its endpoints are tried in turn when one cannot be reached.
    private void AddDocuments(ParseResult parsed, bool fromFile, ShadowSetup setup)
    {
        var loaded = documents.Load(parsed);
        foreach (var finding in loaded.Findings)
        {
            Console.Error.WriteLine($"parallax: {finding}");
        }

        var config = loaded.Config ?? throw new UsageException($"{loaded.Errors} errors in the documents; nothing was started");
        var table = RoutingTable.Compile(config, _policy.HostOf(parsed), _policy.MarkOf(parsed), _policy.AreSafeOnly(parsed));
        var clusters = config.Clusters.ToDictionary(cluster => cluster.Name);
        var mirrors = new Dictionary<RouteMirror, Mirror>(ReferenceEqualityComparer.Instance);
        foreach (var mirror in OutOfBandMirrors.MirrorsOf(table))
        {
            mirrors.Add(mirror, MirrorOf(mirror, clusters[mirror.Config.Cluster], parsed, fromFile, setup));
        }

        if (mirrors.Count == 0)
        {
            throw new UsageException("no route of the documents has a mirror, so nothing would be copied");
        }

        setup.Add(table, mirrors);
    }

    private Mirror MirrorOf(RouteMirror mirror, ClusterConfig cluster, ParseResult parsed, bool fromFile, ShadowSetup setup)
    {
        var scheme = cluster.Tls is null ? "http" : "https";
        var isUrl = ShadowUrl.TryParse($"{scheme}://{cluster.Host}:{cluster.Port}", out var url, out _);
        var addresses = cluster.Endpoints.SelectMany(endpoint => EndPoints.Resolve("--file", endpoint.Host, endpoint.Port)).ToList();
        if (!isUrl || url is null || addresses.Count == 0)
        {
            throw new UsageException($"the mirror {mirror.Config.Name} has no endpoint; name one: --resolve {cluster.Host}=ADDRESS:PORT");
        }

        var tls = ClusterTls.OptionsOf(cluster);
        return new(mirror.Policy, new(setup.Loop, new()
        {
            Name = mirror.Config.Name,
            Url = url,
            Addresses = addresses,
            Rewriter = null,
            Options = Limits(parsed, fromFile),
            Tls = tls is null ? null : () => tls,
        }));
    }

    private Mirror MirrorTo(ParseResult parsed, bool fromFile, ShadowUrl url, string name, IEventLoop loop)
    {
        var addresses = EndPoints.Resolve(_to.Name, url.Host, url.Port);
        var rewriter = new HeadRewriter(new()
        {
            MirrorName = name,
            Mark = _policy.MarkOf(parsed),
            TargetAuthority = url.Authority,
            Host = _policy.HostOf(parsed),
            OwnAddress = OwnAddressTowards(addresses[0]),
            Edits = _policy.EditsOf(parsed),
            Path = _policy.PathOf(parsed),
        });
        return new(_policy.PolicyOf(parsed), new(loop, new()
        {
            Name = name,
            Url = url,
            Addresses = addresses,
            Rewriter = rewriter,
            Options = Limits(parsed, fromFile),
        }));
    }

    private ShadowOptions Limits(ParseResult parsed, bool fromFile) => new()
    {
        MaxConnections = _connections.Of(parsed),
        QueueItems = _queue.Of(parsed),

        // Reading a file waits at half of the memory for messages; a second bound could only drop a request that is larger than it.
        QueueBytes = fromFile ? long.MaxValue / 4 : _queueBytes.Of(parsed),
        QueueTimeout = fromFile && !_queueTimeout.IsGiven(parsed) ? QueueTimeoutFromFile : _queueTimeout.Of(parsed),
        ConnectTimeout = _connectTimeout.Of(parsed),
        ResponseTimeout = _timeout.Of(parsed),
        KeepSessions = parsed.GetValue(_sessions),
        VerifiesCertificate = !parsed.GetValue(_insecure),
    };

    /// <summary>The address this machine uses towards <paramref name="remote"/>: what a proxy appends to x-forwarded-for.</summary>
    internal static IPAddress? OwnAddressTowards(IPEndPoint remote)
    {
        try
        {
            // Connecting a datagram socket sends nothing; it asks the routing table.
            using var socket = new System.Net.Sockets.Socket(remote.AddressFamily, System.Net.Sockets.SocketType.Dgram, 0);
            socket.Connect(remote);
            return ((IPEndPoint)socket.LocalEndPoint!).Address;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return null;
        }
    }
}
