using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Parallax.Runs.Running;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Shadows.Replay;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.CommandLine;

/// <summary>The options of <c>parallax replay</c>: where to, at which pace, what of the recording and what is changed in it.</summary>
internal sealed class ReplaySwitches
{
    private const int DefaultWorkers = 64;
    private const int MaxConnections = 65_536;

    private readonly Option<string> _to = new("--to") { Description = "send the requests to this URL", HelpName = "URL", Required = true };
    private readonly Option<string?> _speed = new("--speed")
    {
        Description = "times the recorded pace, or max: as fast as they are answered [1x]",
        HelpName = "N",
    };

    private readonly Option<string?> _pace = new("--pace") { Description = "send N requests a second, evenly spaced", HelpName = "N/s" };
    private readonly Setting<TimeSpan> _ramp = Setting.Duration(
        "--ramp", "let the pace grow from nothing over this time", "0s", mayBeZero: true);

    private readonly Setting<TimeSpan> _maxGap = Setting.Duration(
        "--max-gap", "cut pauses of the recording that are longer", "never", mayBeZero: true);

    private readonly Option<int?> _loop = new("--loop")
    {
        Description = "replay N times; without N until it is stopped [1]",
        HelpName = "N",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = Passes,
    };

    private readonly Option<bool> _closed = new("--closed") { Description = "closed loop: each worker sends when it has its answer" };
    private readonly Setting<int> _workers = Setting.Count(
        "--workers", "with --closed: requests in flight", DefaultWorkers, most: MaxConnections);

    private readonly SpanSwitches _span = new();
    private readonly PolicySwitches _policy = PolicySwitches.OfReplays();
    private readonly Option<bool> _pooled = new("--pooled")
    {
        Description = "any request on any connection, instead of one for each recorded one",
    };

    private readonly Option<string?> _mapState = new("--map-state")
    {
        Description = "replace recorded cookies, tokens and ids by those the target issued: auto, rules or off [auto; off with --pooled]",
        HelpName = "MODE",
    };

    private readonly Option<string?> _mapRules = new("--map-rules")
    {
        Description = "replace, or leave alone, also what the rules in this YAML file name",
        HelpName = "FILE",
    };

    private readonly Option<string?> _middleware = new("--middleware")
    {
        Description = "let this program change or leave out each request, as in GoReplay: hex lines on its standard input and output",
        HelpName = "COMMAND",
    };

    private readonly Setting<TimeSpan> _middlewareTimeout = Setting.Duration(
        "--middleware-timeout", "a request that it has not handed back after this time is not sent", "1s");

    private readonly Setting<int> _connections = Setting.Count(
        "--connections", "connections at most", 4096, "4096; 64 with --pooled", MaxConnections);

    private readonly Setting<int> _queue = Setting.Count("--queue", "requests that may be in flight or wait", 10_000);
    private readonly Setting<TimeSpan> _timeout = Setting.Duration("--timeout", "a request must be answered after this time", "10s");
    private readonly Setting<TimeSpan> _connectTimeout = Setting.Duration(
        "--connect-timeout", "a connection must stand after this time", "2s");

    private readonly Option<bool> _insecure = new("--insecure") { Description = "do not verify the certificate of an https target" };

    public void AddTo(CommandPage page)
    {
        page.Add(SwitchGroup.Requests, _to);
        page.Add(SwitchGroup.Pace, _speed, _pace, _ramp.Option, _maxGap.Option, _loop, _closed, _workers.Option);
        _policy.AddTo(page);
        page.Add(SwitchGroup.Selected, _span.All);
        page.Add(SwitchGroup.Sessions, _mapState, _mapRules, _pooled, _middleware, _middlewareTimeout.Option);
        page.Add(
            SwitchGroup.Sending, _timeout.Option, _connectTimeout.Option, _connections.Option, _queue.Option, _insecure);
    }

    /// <summary>The target's URL.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public ServerUrl Url(ParseResult parsed)
    {
        var text = parsed.GetRequiredValue(_to);
        var comma = text.IndexOf(',', StringComparison.Ordinal);
        return comma > 0
            ? throw new UsageException($"{_to.Name}: a replay has one target, and nothing follows its URL; leave out "
                + $"\"{text[comma..]}\" and use the options of the command, such as --session-percent")
            : Parsing.Value<ServerUrl>(_to, text, ServerUrl.TryParse)!;
    }

    /// <summary>What is replayed.</summary>
    /// <exception cref="UsageException">A value is not right.</exception>
    public ReplaySelection Selection(ParseResult parsed)
    {
        return new(
            _policy.PolicyOf(parsed),
            _policy.MarkOf(parsed),
            new Random())
        {
            Span = _span.SpanOf(parsed),
            Ids = _span.IdsOf(parsed),
        };
    }

    /// <summary>When requests are sent.</summary>
    /// <exception cref="UsageException">A value is not right, or options contradict each other.</exception>
    public ReplayerOptions Timing(ParseResult parsed)
    {
        var isMax = parsed.GetValue(_speed) is "max";
        var isUnpaced = isMax || parsed.GetValue(_closed);
        Option? other = parsed.GetValue(_pace) is not null ? _pace : _ramp.IsGiven(parsed) ? _ramp.Option : null;
        if (isUnpaced && other is not null)
        {
            throw new UsageException($"{other.Name} sets a pace, but {(isMax ? "--speed max" : _closed.Name)} has none");
        }

        if (parsed.GetValue(_speed) is not null && (parsed.GetValue(_pace) is not null || parsed.GetValue(_closed)))
        {
            throw new UsageException($"{_speed.Name}: leave it out with {(parsed.GetValue(_closed) ? _closed.Name : _pace.Name)}");
        }

        if (_maxGap.IsGiven(parsed) && (isUnpaced || parsed.GetValue(_pace) is not null))
        {
            var pace = isMax ? "--speed max" : isUnpaced ? _closed.Name : _pace.Name;
            throw new UsageException($"{_maxGap.Option.Name} cuts recorded pauses, but {pace} does not keep them; leave one out");
        }

        if (_workers.IsGiven(parsed) && !parsed.GetValue(_closed))
        {
            throw new UsageException($"{_workers.Option.Name} needs {_closed.Name}");
        }

        return new()
        {
            Pace = new()
            {
                Speed = SpeedOf(parsed),
                RatePerSecond = RateOf(parsed),
                Ramp = _ramp.Of(parsed),
                MaxGap = _maxGap.IsGiven(parsed) ? _maxGap.Of(parsed) : null,
                IsUnpaced = isUnpaced,
            },
            Passes = parsed.GetResult(_loop) is null ? 1 : parsed.GetValue(_loop),
            MaxInFlight = InFlightBound(parsed),
        };
    }

    /// <summary>How sessions and state are kept.</summary>
    /// <exception cref="UsageException">Options contradict each other.</exception>
    public ReplayTargetOptions Sending(ParseResult parsed)
    {
        var isPooled = parsed.GetValue(_pooled);
        var mode = parsed.GetValue(_mapState);
        var rules = parsed.GetValue(_mapRules);
        if (mode is not (null or "auto" or "rules" or "off"))
        {
            throw new UsageException($"{_mapState.Name}: \"{mode}\" is not a mode; write auto, rules or off");
        }

        if (isPooled && (mode is "auto" or "rules" || rules is not null))
        {
            throw new UsageException($"{_mapState.Name}: state belongs to sessions, which {_pooled.Name} does not keep; leave one out");
        }

        if (rules is null ? mode == "rules" : mode == "off")
        {
            throw new UsageException($"{_mapState.Name} {mode} and {_mapRules.Name} do not go together: "
                + (rules is null ? "the rules are missing" : "nothing would be replaced"));
        }

        if (parsed.GetValue(_middleware) is null && _middlewareTimeout.IsGiven(parsed))
        {
            throw new UsageException($"{_middlewareTimeout.Option.Name} needs {_middleware.Name}");
        }

        var isClosed = parsed.GetValue(_closed);
        return new()
        {
            Middleware = parsed.GetValue(_middleware) is { } command
                ? new() { Command = command, Timeout = _middlewareTimeout.Of(parsed) }
                : null,
            KeepsSessions = !isPooled,
            MapsState = !isPooled && mode != "off",
            FindsState = mode != "rules",
            StateRules = rules is null ? [] : RulesIn(rules),
            MaxInFlight = InFlightBound(parsed),
            RoomAt = isClosed ? InFlightBound(parsed) - 1 : null,
        };
    }

    /// <summary>What makes the target's configuration: it looks the host's name up, everything else was looked at before.</summary>
    /// <returns>Throws <see cref="RunException"/> when the name cannot be resolved.</returns>
    /// <exception cref="UsageException">A value is not right.</exception>
    public Func<ShadowTargetConfig> Target(ParseResult parsed)
    {
        var url = Url(parsed);
        var isPooled = parsed.GetValue(_pooled);
        var pooled = parsed.GetValue(_closed) ? _workers.Of(parsed) : DefaultWorkers;
        var rewriting = new RewriteConfig
        {
            MirrorName = "replay",
            Mark = _policy.MarkOf(parsed),
            TargetAuthority = url.Authority,
            Host = _policy.HostOf(parsed),
            Edits = _policy.EditsOf(parsed),
            Path = _policy.PathOf(parsed),
        };
        var options = new ShadowOptions
        {
            MaxConnections = isPooled && !_connections.IsGiven(parsed) ? pooled : _connections.Of(parsed),
            QueueTimeout = TimeSpan.FromSeconds(60),
            ResponseTimeout = _timeout.Of(parsed),
            ConnectTimeout = _connectTimeout.Of(parsed),
            VerifiesCertificate = !parsed.GetValue(_insecure),
        };
        return () =>
        {
            var addresses = HostNames.Resolve(_to.Name, url.Host, url.Port);
            return new()
            {
                Name = "replay",
                Url = url,
                Addresses = addresses,
                Rewriter = new(rewriting with { OwnAddress = ShadowSwitches.OwnAddressTowards(addresses[0]) }),
                Options = options,
            };
        };
    }

    private IReadOnlyList<StateRule> RulesIn(string file)
    {
        var findings = StateRulesFile.Load(file, out var rules);
        return findings.Count == 0 ? rules : throw new UsageException($"{_mapRules.Name}: {string.Join("\nparallax: ", findings)}");
    }

    private int InFlightBound(ParseResult parsed) => parsed.GetValue(_closed) ? _workers.Of(parsed)
        : parsed.GetValue(_speed) is "max" && !_queue.IsGiven(parsed) ? 1024
        : _queue.Of(parsed);

    private double SpeedOf(ParseResult parsed)
    {
        var text = parsed.GetValue(_speed) is null or "max" ? "1" : parsed.GetValue(_speed)!;
        return IsNumber(text.EndsWith('x') ? text[..^1] : text, out var speed) && speed is > 0 and <= 1e6
            ? speed
            : throw new UsageException($"{_speed.Name}: \"{text}\" is not a speed; write it like 2x, 0.5x or max");
    }

    private double? RateOf(ParseResult parsed) => parsed.GetValue(_pace) is not { } text ? null
        : IsNumber(text.EndsWith("/s", StringComparison.Ordinal) ? text[..^2] : text, out var rate) && rate is > 0 and <= 1e7 ? rate
        : throw new UsageException($"{_pace.Name}: \"{text}\" is not a pace; write it like 500/s");

    private static bool IsNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);

    private static int? Passes(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
        {
            return null;
        }

        if (int.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var passes) && passes > 0)
        {
            return passes;
        }

        result.AddError($"--loop: \"{result.Tokens[0].Value}\" is not a whole number from 1");
        return null;
    }
}
