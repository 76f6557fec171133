using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Parallax.Proxy.Configuration;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Matching;
using Parallax.Traffic.Shadowing;

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

    private readonly Option<string?> _percent = new("--percent") { Description = "copy this share of the requests [100]", HelpName = "N" };
    private readonly Option<string[]> _allow = Rules("--allow", "copy only what matches");
    private readonly Option<string[]> _deny = Rules("--deny", "never copy what matches");
    private readonly Option<string[]> _set = new("--set-header") { Description = "set a header of the copy", HelpName = "NAME: VALUE" };
    private readonly Option<string[]> _add = new("--add-header") { Description = "add a header to the copy", HelpName = "NAME: VALUE" };
    private readonly Option<string[]> _remove = new("--remove-header") { Description = "remove a header of the copy", HelpName = "NAME" };
    private readonly Option<string?> _path = new("--rewrite-path")
    {
        Description = "change the path of the copy",
        HelpName = "REGEX=REPLACEMENT",
    };

    private readonly Option<string?> _rate = new("--rate") { Description = "copy at most N requests a second", HelpName = "N/s" };
    private readonly Option<string?> _sticky = new("--sticky-by")
    {
        Description = "sample whole sessions: header:NAME, cookie:NAME or client-ip",
        HelpName = "WHAT",
    };

    private readonly Option<string?> _host = new("--shadow-host")
    {
        Description = "Host of the copy: suffix (host-shadow), same, target or literal:NAME [suffix]",
        HelpName = "MODE",
    };

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
    private readonly ShadowKeySwitch _shadowKey = new();
    private readonly Option<bool> _insecure = new("--insecure") { Description = "do not verify the certificate of an https target" };

    /// <summary>What <c>--to</c> needs said about it; documents say it themselves.</summary>
    private IEnumerable<Option> AboutUrls => [_percent, _allow, _deny, _set, _add, _remove, _path, _rate, _insecure];

    /// <summary>All options but <c>--to</c>: they say something about copies, so they need some.</summary>
    private IEnumerable<Option> AboutCopies =>
    [
        .. AboutUrls, _sticky, _host, _sessions, _connections.Option, _timeout.Option, _connectTimeout.Option, _queue.Option,
        _queueBytes.Option, _queueTimeout.Option, _shadowKey.Option,
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

        var sticky = Parse<StickyBy>(_sticky, parsed.GetValue(_sticky), StickyBy.TryParse) ?? StickyBy.Nothing;
        var setup = new ShadowSetup(sticky, newLoop);
        try
        {
            for (var i = 0; i < urls.Length; i++)
            {
                var url = Parse<ShadowUrl>(_to, urls[i], ShadowUrl.TryParse)!;
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

        var config = loaded.Config ?? throw new UsageException($"the documents have {loaded.Errors} errors; mend them and start again");
        var table = RoutingTable.Compile(config, HostOf(parsed), _shadowKey.MarkOf(parsed));
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

        var policy = new MirrorPolicy
        {
            Sampler = mirror.Config.Sampler,
            Mark = _shadowKey.MarkOf(parsed),
            Rewriter = mirror.Rewriter,
        };
        var tls = ClusterTls.OptionsOf(cluster);
        return new(policy, new(setup.Loop, new()
        {
            Name = mirror.Config.Name,
            Url = url,
            Addresses = addresses,
            Rewriter = null,
            Options = Limits(parsed, fromFile),
            Tls = tls is null ? null : () => tls,
        }));
    }

    private ShadowHost HostOf(ParseResult parsed) =>
        Parse<ShadowHost>(_host, parsed.GetValue(_host), ShadowHost.TryParse) ?? ShadowHost.Suffix;

    private Mirror MirrorTo(ParseResult parsed, bool fromFile, ShadowUrl url, string name, IEventLoop loop)
    {
        var addresses = EndPoints.Resolve(_to.Name, url.Host, url.Port);
        var rewriter = new HeadRewriter(new()
        {
            MirrorName = name,
            Mark = _shadowKey.MarkOf(parsed),
            TargetAuthority = url.Authority,
            Host = HostOf(parsed),
            OwnAddress = OwnAddressTowards(addresses[0]),
            Edits = Edits(parsed),
            Path = Parse<PathRewrite>(_path, parsed.GetValue(_path), PathRewrite.TryParse),
        });
        var policy = new MirrorPolicy
        {
            Match = new(RulesOf(parsed, _allow), RulesOf(parsed, _deny)),
            Sampler = SamplerOf(parsed),
            Mark = _shadowKey.MarkOf(parsed),
            Rate = Parse<RateLimit>(_rate, parsed.GetValue(_rate), RateLimit.TryParse),
            Rewriter = rewriter,
        };
        return new(policy, new(loop, new()
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

    private Sampler SamplerOf(ParseResult parsed) => parsed.GetValue(_percent) is not { } text ? Sampler.All
        : Sampler.TryParse(text, out var sampler, out var error) ? sampler
        : throw new UsageException($"{_percent.Name}: {error}");

    private List<HeaderEdit> Edits(ParseResult parsed) => Edits(parsed, _remove, _set, _add);

    /// <summary>The changes to headers that the three options ask for.</summary>
    internal static List<HeaderEdit> Edits(ParseResult parsed, Option<string[]> remove, Option<string[]> set, Option<string[]> add)
    {
        var edits = new List<HeaderEdit>();
        foreach (var (option, kind) in new[] { (remove, HeaderEditKind.Remove), (set, HeaderEditKind.Set), (add, HeaderEditKind.Add) })
        {
            foreach (var text in parsed.GetValue(option) ?? [])
            {
                edits.Add(HeaderEdit.TryParse(kind, text, out var edit, out var error)
                    ? edit
                    : throw new UsageException($"{option.Name}: {error}"));
            }
        }

        return edits;
    }

    /// <summary>The rules that an option made by <see cref="Rules"/> was given.</summary>
    internal static List<RequestRule> RulesOf(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).Select(text => Parse<RequestRule>(option, text, RequestRule.TryParse)!)];

    /// <summary>Reads a value or says what is wrong with it.</summary>
    internal delegate bool TryParse<T>(string text, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out string? error)
        where T : class;

    /// <summary>The value of an option; null when it is not given.</summary>
    internal static T? Parse<T>(Option option, string? text, TryParse<T> parse)
        where T : class => text is null ? null
        : parse(text, out var value, out var error) ? value
        : throw new UsageException($"{option.Name}: {error}");

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

    /// <summary>An option that takes rules.</summary>
    internal static Option<string[]> Rules(string name, string description, params string[] aliases) => new(name, aliases)
    {
        Description = description + " (method:RE, path:RE, header:NAME:RE, param:NAME:RE; repeatable)",
        HelpName = "RULE",
    };
}
