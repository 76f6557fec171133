using System.CommandLine;
using System.Net;
using Parallax.Documents;
using Parallax.Proxy.Routing;
using Parallax.Runs.Capturing;
using Parallax.Runs.Limits;
using Parallax.Runs.Running;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that say where copies go, which requests are copied and what is changed in them. Every command that sends
/// shadows has the same ones.</summary>
internal sealed class ShadowSwitches(ConfigurationSwitches documents)
{
    private static readonly TimeSpan QueueTimeoutFromFile = TimeSpan.FromSeconds(60);

    private readonly TargetSwitch _to = new("--to");

    private readonly PolicySwitches _policy = PolicySwitches.OfCaptures();
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

    public void AddTo(CommandPage page)
    {
        page.Add(SwitchGroup.Copies, _to.Option);
        _policy.AddTo(page);
        page.Add(
            SwitchGroup.Sending,
            _timeout.Option, _connectTimeout.Option, _connections.Option, _sessions, _queue.Option, _queueBytes.Option,
            _queueTimeout.Option, _insecure);
    }

    /// <summary>What the command line and the documents say about mirrors.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="fromFile">True when requests come from a file, which waits for a slow target.</param>
    /// <param name="isPrinting">True when exchanges are printed: the rules hold for these, too.</param>
    /// <param name="say">Called with each finding in documents.</param>
    /// <exception cref="RunException">A value is not right, or the documents are not.</exception>
    public MirroringOptions OptionsOf(ParseResult parsed, bool fromFile, bool isPrinting, Action<Finding> say)
    {
        documents.CheckNeeded(parsed);
        var targets = _to.TargetsOf(parsed);
        var hasDocuments = documents.SourcesOf(parsed).Count > 0;
        var needUrls = (hasDocuments ? AboutUrls : AboutCopies).Except(isPrinting ? _policy.Rules : []);
        if (targets.Count == 0 && needUrls.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } idle)
        {
            throw new UsageException($"{idle.Name} says something about copies, but no --to URL says where they go");
        }

        var limits = LimitsOf(parsed, fromFile);
        if (targets.Count > 0)
        {
            _policy.CheckShared(parsed, targets, _timeout.Option, hasDocuments);
        }

        var options = new MirroringOptions
        {
            Mirrors = [.. targets.Select(
                (target, at) => MirrorTo(parsed, limits, target, targets.Count == 1 ? "shadow" : $"shadow-{at + 1}"))],
            Sticky = _policy.StickyOf(parsed),
            Seed = _policy.SeedOf(parsed),
            Mark = _policy.MarkOf(parsed),
        };
        options = hasDocuments ? WithDocuments(parsed, options, limits, say) : options;
        _policy.CheckSeed(parsed, options.Mirrors.Select(mirror => mirror.Policy.Sampler));
        return options;
    }

    /// <summary>Which exchanges are printed: those that the rules select. Rules that look at responses are for those alone.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="hasCopies">True when the rules hold for copies, too.</param>
    /// <exception cref="UsageException">A rule is not right, or needs what is not known when a copy is made.</exception>
    public ExchangeMatch PrintedOf(ParseResult parsed, bool hasCopies) =>
        _policy.MatchOf(parsed, hasCopies ? null : KnownFacts.Exchange);

    private MirroringOptions WithDocuments(ParseResult parsed, MirroringOptions options, ShadowOptions limits, Action<Finding> say)
    {
        var loaded = documents.Load(parsed);
        foreach (var finding in loaded.Findings)
        {
            say(finding);
        }

        var config = loaded.Config ?? throw new UsageException($"{loaded.Errors} errors in the documents; nothing was started");
        var routes = RoutingTable.Compile(config, _policy.HostOf(parsed), _policy.MarkOf(parsed), _policy.AreSafeOnly(parsed));
        return options with
        {
            Mirrors = [.. options.Mirrors, .. DocumentMirrors.Of(config, routes, limits)],
            Routes = routes,
        };
    }

    private MirrorOptions MirrorTo(ParseResult parsed, ShadowOptions limits, CopyTarget target, string name)
    {
        var addresses = HostNames.Resolve(_to.Option.Name, target.Url.Host, target.Url.Port);
        var rewriter = new HeadRewriter(new()
        {
            MirrorName = name,
            Mark = _policy.MarkOf(parsed),
            TargetAuthority = target.Url.Authority,
            Host = target.Host ?? _policy.HostOf(parsed),
            OwnAddress = OwnAddressTowards(addresses[0]),
            Edits = _policy.EditsOf(parsed, target),
            Path = _policy.PathOf(parsed),
        });
        return new(_policy.PolicyOf(parsed, target), new()
        {
            Name = name,
            Url = target.Url,
            Addresses = addresses,
            Rewriter = rewriter,
            Options = limits with { ResponseTimeout = target.Timeout ?? limits.ResponseTimeout },
        });
    }

    private ShadowOptions LimitsOf(ParseResult parsed, bool fromFile) => new()
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
