using System.CommandLine;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Loops;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that say how a proxy serves and mirrors, whatever its routes are.</summary>
/// <param name="policy">The mirrors' policy.</param>
internal sealed class ProxySwitches(PolicySwitches policy)
{
    private readonly Setting<int> _loops = Setting.Count(
        "--loops", "event loops, one thread each", Environment.ProcessorCount, "one for each processor", most: 1024);

    private readonly TakeOverSwitch _takeOver = new();

    private readonly Option<bool> _trust = new("--trust-forwarded")
    {
        Description = "believe x-forwarded-proto, x-forwarded-client-cert and x-envoy-* of clients: every one is a proxy of yours",
    };

    private readonly Option<bool> _halfClose = new("--half-close")
    {
        Description = "answer clients that end their direction after a request; without it they are taken for gone",
    };

    private readonly Option<string?> _rawTargets = new("--raw-targets")
    {
        Description = "octets beyond US-ASCII in paths and queries: pass or reject [pass]",
        HelpName = "MODE",
    };

    private readonly Option<string?> _proxyProtocol = new("--proxy-protocol")
    {
        Description = "PROXY protocol headers of clients: auto (read where there is one), require (believed) or off [auto]",
        HelpName = "MODE",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _paths = new("--path-normalization")
    {
        Description = "before routes look at them: none, base, merge-slashes or decode-and-merge-slashes [base with documents]",
        HelpName = "MODE",
    };

    private readonly Option<string[]> _upgrades = new("--allow-upgrade")
    {
        Description = "a protocol to which clients may change a connection; connect for CONNECT, none for none (repeatable) [websocket]",
        HelpName = "PROTOCOL",
    };

    private readonly Setting<long> _buffer = Setting.Size(
        "--mirror-buffer", "how far a copy may lag behind a body that is still coming", "1mb", least: 1);

    private readonly Setting<long> _maxAnswer = Setting.Size(
        "--max-answer", "how much of a shadow's answer is read; then its connection is closed", "1mb", least: 1);

    private readonly Setting<long> _answerRate = Setting.Size(
        "--answer-rate", "how much of long answers each event loop reads from a mirror endpoint in a second", "16mb", least: 1024);

    private readonly Setting<int> _connections = Setting.Count(
        "--mirror-connections", "connections to a mirror endpoint and loop at most", 64, most: 65_536);

    private readonly Setting<int> _pipeline = Setting.Count(
        "--shadow-pipeline", "copies in flight on one connection at most", 1, most: 1024);

    private readonly Setting<TimeSpan> _timeout = Setting.Duration(
        "--mirror-timeout", "a copy must have been answered after this time", "10s");
    private readonly Setting<TimeSpan> _idle = Setting.Duration(
        "--idle-timeout", "a client's connection is kept so long without a request", "75s");

    private readonly Setting<TimeSpan> _keepAlive = Setting.Duration(
        "--tcp-keepalive", "clients and primaries silent for so long are asked by TCP whether they are there; 0 for never", "60s",
        mayBeZero: true, most: TimeSpan.FromHours(9));

    private readonly Setting<TimeSpan> _requestTimeout = Setting.Duration(
        "--request-timeout", "a client must have sent all of a request after this time", "1h");

    private readonly Setting<long> _maxHead = Setting.Size("--max-head", "largest head of a request", "32k", least: 64);
    private readonly Setting<long> _maxBody = Setting.Size("--max-request-body", "largest body of a request", "unlimited");

    public void AddTo(CommandPage page)
    {
        policy.AddTo(page);
        page.Add(SwitchGroup.Sending, Sending);
        page.Add(
            SwitchGroup.Serving,
            _trust, _proxyProtocol, _paths, _rawTargets, _upgrades, _idle.Option, _requestTimeout.Option, _keepAlive.Option, _halfClose,
            _loops.Option, _takeOver.Option);
        page.Add(SwitchGroup.Limits, _maxBody.Option, _maxHead.Option);
    }

    /// <summary>How copies are sent.</summary>
    private Option[] Sending =>
        [_timeout.Option, _connections.Option, _buffer.Option, _maxAnswer.Option, _answerRate.Option, _pipeline.Option];

    /// <summary>What means nothing without copies.</summary>
    public IEnumerable<Option> OfCopies => [.. policy.OfCopies, .. Sending];

    /// <summary>How long copies may take to be answered.</summary>
    public Option Timeout => _timeout.Option;

    /// <summary>Compiles configurations with what holds for all of their mirrors.</summary>
    /// <exception cref="UsageException">A value is not right.</exception>
    public Func<ProxyConfig, RoutingTable> CompilerOf(ParseResult parsed)
    {
        var (host, mark, areSafeOnly) = (policy.HostOf(parsed), policy.MarkOf(parsed), policy.AreSafeOnly(parsed));
        return config => RoutingTable.Compile(config, host, mark, areSafeOnly);
    }

    /// <summary>The limits.</summary>
    /// <param name="parsed">What was given.</param>
    /// <param name="hasDocuments">True when documents say where requests go: their paths are normalised unless that is given.</param>
    /// <exception cref="UsageException">A value is not right.</exception>
    public ProxyOptions OptionsOf(ParseResult parsed, bool hasDocuments)
    {
        return new ProxyOptions
        {
            Loops = _loops.Of(parsed),
            Inherited = InheritedSockets.Take(),
            TakesOver = _takeOver.Of(parsed),
            Sticky = policy.StickyOf(parsed),
            Seed = policy.SeedOf(parsed),
            TrustsClients = parsed.GetValue(_trust),
            PassesRawTargets = PassesRawTargets(parsed.GetValue(_rawTargets)),
            Paths = PathsOf(parsed.GetValue(_paths), hasDocuments),
            Upgrades = UpgradesOf(parsed.GetValue(_upgrades) ?? []),
            Mark = policy.MarkOf(parsed),
            ProxyProtocol = ProxyProtocolOf(parsed),
            AllowsHalfClose = parsed.GetValue(_halfClose),
            IdleTimeout = _idle.Of(parsed),
            KeepAlive = _keepAlive.Of(parsed) is { Ticks: > 0 } silence ? new() { Time = silence } : null,
            RequestTimeout = _requestTimeout.Of(parsed),
            MaxHeadBytes = (int)Math.Min(_maxHead.Of(parsed), int.MaxValue / 4),
            MaxBodyBytes = _maxBody.IsGiven(parsed) ? _maxBody.Of(parsed) : long.MaxValue,
            Shadows = ProxyOptions.Default.Shadows with
            {
                MaxConnections = _connections.Of(parsed),
                PipelineDepth = _pipeline.Of(parsed),
                ResponseTimeout = _timeout.Of(parsed),
                StreamBufferBytes = (int)Math.Min(_buffer.Of(parsed), int.MaxValue / 4),
                MaxResponseBytes = _maxAnswer.Of(parsed),
                LongAnswerBytesPerSecond = _answerRate.Of(parsed),
            },
        };
    }

    private bool PassesRawTargets(string? text) => text switch
    {
        null or "pass" => true,
        "reject" => false,
        _ => throw new UsageException($"{_rawTargets.Name}: \"{text}\" is neither pass nor reject"),
    };

    private PathNormalization PathsOf(string? text, bool hasDocuments) => text switch
    {
        null => hasDocuments ? PathNormalization.Base : PathNormalization.None,
        "none" => PathNormalization.None,
        "base" => PathNormalization.Base,
        "merge-slashes" => PathNormalization.MergeSlashes,
        "decode-and-merge-slashes" => PathNormalization.DecodeAndMergeSlashes,
        _ => throw new UsageException($"{_paths.Name}: \"{text}\" is neither none, base, merge-slashes nor decode-and-merge-slashes"),
    };

    private AllowedUpgrades UpgradesOf(string[] protocols)
    {
        try
        {
            return protocols is [] ? AllowedUpgrades.Default : new(protocols.Where(each => each != "none"));
        }
        catch (ArgumentException fault)
        {
            throw new UsageException($"{_upgrades.Name}: {fault.Message}");
        }
    }

    private ProxyProtocolMode ProxyProtocolOf(ParseResult parsed) => parsed.GetResult(_proxyProtocol) is null
        ? ProxyProtocolMode.Auto
        : parsed.GetValue(_proxyProtocol) switch
        {
            "auto" => ProxyProtocolMode.Auto,

            // nginx and HAProxy know it as a word alone.
            null or "require" => ProxyProtocolMode.Require,
            "off" => ProxyProtocolMode.Off,
            var other => throw new UsageException($"{_proxyProtocol.Name}: \"{other}\" is neither auto, require nor off"),
        };
}
