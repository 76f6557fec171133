using System.CommandLine;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that say which requests are mirrored and what is changed in the copies: the same ones for a capture, a proxy and a
/// replay.</summary>
internal sealed class PolicySwitches
{
    private readonly Option<string?> _percent;
    private readonly MatchSwitches _match;
    private readonly Option<string?> _methods;
    private readonly Option<string?> _rate = new("--rate") { Description = "copy at most N requests a second", HelpName = "N/s" };
    private readonly Option<string[]> _set = new("--set-header") { Description = "set a header of the copy", HelpName = "NAME: VALUE" };
    private readonly Option<string[]> _add = new("--add-header") { Description = "add a header to the copy", HelpName = "NAME: VALUE" };
    private readonly Option<string[]> _remove = new("--remove-header") { Description = "remove a header of the copy", HelpName = "NAME" };
    private readonly Option<string?> _path = new("--rewrite-path")
    {
        Description = "change the path of the copy",
        HelpName = "REGEX=REPLACEMENT",
    };

    private readonly Option<string?> _host = new("--shadow-host")
    {
        Description = "Host of the copy: suffix (host-shadow), same, target or literal:NAME [suffix]",
        HelpName = "MODE",
    };

    private readonly Option<string?> _sticky = new("--sticky-by")
    {
        Description = "sample whole sessions: header:NAME, cookie:NAME or client-ip",
        HelpName = "WHAT",
    };

    private readonly Option<string?> _seed = new("--sample-seed")
    {
        Description = "a number or text that makes sampling repeatable: the same seed chooses the same sessions",
        HelpName = "SEED",
    };

    private readonly ShadowKeySwitch _shadowKey = new();
    private readonly bool _isReplay;

    private PolicySwitches(MatchSwitches match, string verb, string sampled, bool isReplay = false)
    {
        _isReplay = isReplay;
        _match = match;
        _percent = new(isReplay ? "--session-percent" : "--percent")
        {
            Description = $"{verb} this share of the {sampled} [100]",
            HelpName = "N",
        };
        _methods = new("--mirror-methods")
        {
            Description = $"{verb} these requests: all or safe (GET, HEAD, OPTIONS, TRACE) [all]",
            HelpName = "WHICH",
        };
    }

    /// <summary>Those of a capture.</summary>
    public static PolicySwitches OfCaptures() => new(
        new("copy", KnownFacts.Request, "a copy is made before there is a response"), "copy", "requests");

    /// <summary>Those of a proxy.</summary>
    public static PolicySwitches OfProxies() => new(
        new("copy", KnownFacts.RequestHead, "a copy is begun when the request's head has come"), "copy", "requests");

    /// <summary>Those of a replay.</summary>
    public static PolicySwitches OfReplays() => new(
        new("replay", KnownFacts.Exchange, ""), "replay", "sessions", isReplay: true);

    /// <summary>What documents say themselves.</summary>
    public IEnumerable<Option> OfOneMirror => [_percent, .. _match.All, _rate, _set, _add, _remove, _path];

    /// <summary>What holds for all mirrors, those of documents, too.</summary>
    public IEnumerable<Option> OfAllMirrors => [_methods, _sticky, _seed, _host, _shadowKey.Option];

    /// <summary>What means nothing without copies; the key also tells which requests are copies of another one.</summary>
    public IEnumerable<Option> OfCopies => [.. OfOneMirror, _methods, _sticky, _seed, _host];

    /// <summary>Adds the options: a replay has its pace instead of a rate, and it samples recorded sessions.</summary>
    public void AddTo(CommandPage page)
    {
        if (_isReplay)
        {
            page.Add(SwitchGroup.Selected, [.. _match.All, _percent, _methods]);
        }
        else
        {
            page.Add(SwitchGroup.Copied, [_percent, .. _match.All, _rate, _methods, _sticky, _seed]);
        }

        page.Add(SwitchGroup.Changes, _set, _remove, _add, _path, _host, _shadowKey.Option);
    }

    /// <summary>Knows and makes shadows.</summary>
    /// <exception cref="UsageException">The key cannot be read.</exception>
    public ShadowMark MarkOf(ParseResult parsed) => _shadowKey.MarkOf(parsed);

    /// <summary>What becomes of a copy's authority.</summary>
    /// <exception cref="UsageException">The value is not right.</exception>
    public ShadowHost HostOf(ParseResult parsed) =>
        Parsing.Value<ShadowHost>(_host, parsed.GetValue(_host), ShadowHost.TryParse) ?? ShadowHost.Suffix;

    /// <summary>What keeps a session together when sampling.</summary>
    /// <exception cref="UsageException">The value is not right.</exception>
    public StickyBy StickyOf(ParseResult parsed) =>
        Parsing.Value<StickyBy>(_sticky, parsed.GetValue(_sticky), StickyBy.TryParse) ?? StickyBy.Nothing;

    /// <summary>What draws are made from; null for none.</summary>
    /// <exception cref="UsageException">The value is not right.</exception>
    public SampleSeed? SeedOf(ParseResult parsed) => Parsing.Value<SampleSeed>(_seed, parsed.GetValue(_seed), SampleSeed.TryParse);

    /// <summary>Refuses a seed where nothing is drawn.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="shares">The shares of all mirrors.</param>
    /// <exception cref="UsageException">There is one, and every share is all.</exception>
    public void CheckSeed(ParseResult parsed, IEnumerable<Sampler> shares)
    {
        if (parsed.GetValue(_seed) is not null && shares.All(share => share == Sampler.All))
        {
            throw new UsageException($"{_seed.Name} has no effect, because everything is copied; add {_percent.Name} N");
        }
    }

    /// <summary>Refuses what every target says otherwise.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="targets">The targets, at least one.</param>
    /// <param name="timeout">The option for the time of all targets.</param>
    /// <param name="hasDocuments">True when there are mirrors of documents, too.</param>
    /// <exception cref="UsageException">An option has no effect.</exception>
    public void CheckShared(ParseResult parsed, IReadOnlyList<CopyTarget> targets, Option timeout, bool hasDocuments)
    {
        (Option Shared, bool IsForDocuments, Func<CopyTarget, bool> IsOwn)[] options =
        [
            (_percent, false, target => target.Sampler is not null),
            (_rate, false, target => target.Rate is not null),
            (_host, true, target => target.Host is not null),
            (timeout, true, target => target.Timeout is not null),
        ];
        foreach (var (shared, isForDocuments, isOwn) in options)
        {
            if (parsed.GetResult(shared) is { Implicit: false } && !(hasDocuments && isForDocuments) && targets.All(isOwn))
            {
                throw new UsageException($"{shared.Name} has no effect, because every target has its own; leave one out");
            }
        }
    }

    /// <summary>Whether only safe methods are mirrored.</summary>
    /// <exception cref="UsageException">The value is not right.</exception>
    public bool AreSafeOnly(ParseResult parsed) => parsed.GetValue(_methods) switch
    {
        null or "all" => false,
        "safe" => true,
        var other => throw new UsageException($"{_methods.Name}: \"{other}\" is neither all nor safe"),
    };

    /// <summary>The rules.</summary>
    public IEnumerable<Option> Rules => _match.All;

    /// <summary>The condition.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="known">What is known when it is decided, if that is not what is known when a copy is made.</param>
    /// <exception cref="UsageException">A rule is not right, or needs what is not known yet.</exception>
    public ExchangeMatch MatchOf(ParseResult parsed, KnownFacts? known = null) => _match.MatchOf(parsed, known);

    /// <summary>The share of all mirrors that have none of their own.</summary>
    /// <exception cref="UsageException">The value is not right.</exception>
    public Sampler SamplerOf(ParseResult parsed) => parsed.GetValue(_percent) is not { } text ? Sampler.All
        : Sampler.TryParse(text, out var sampler, out var error) ? sampler
        : throw new UsageException($"{_percent.Name}: {error}");

    /// <summary>A limit on the rate, each time another one; null for none.</summary>
    /// <exception cref="UsageException">The value is not right.</exception>
    public RateLimit? RateOf(ParseResult parsed) => Parsing.Value<RateLimit>(_rate, parsed.GetValue(_rate), RateLimit.TryParse);

    /// <summary>The policy of a mirror, each time another one.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="target">Its target, if it may have options of its own.</param>
    /// <exception cref="UsageException">A value is not right.</exception>
    public MirrorPolicy PolicyOf(ParseResult parsed, CopyTarget? target = null) => new()
    {
        MirrorsSafeMethodsOnly = AreSafeOnly(parsed),
        Match = MatchOf(parsed),
        Sampler = target?.Sampler ?? SamplerOf(parsed),
        Rate = target?.Rate ?? RateOf(parsed),
    };

    /// <summary>The change to the path; null for none.</summary>
    /// <exception cref="UsageException">The value is not right.</exception>
    public PathRewrite? PathOf(ParseResult parsed) => Parsing.Value<PathRewrite>(_path, parsed.GetValue(_path), PathRewrite.TryParse);

    /// <summary>The changes to headers: those for all targets, then a target's own.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="target">The target, if it may have options of its own.</param>
    /// <exception cref="UsageException">A value is not right, or there are too many.</exception>
    public List<HeaderEdit> EditsOf(ParseResult parsed, CopyTarget? target = null)
    {
        var edits = new List<HeaderEdit>();
        foreach (var (option, kind) in new[] { (_remove, HeaderEditKind.Remove), (_set, HeaderEditKind.Set), (_add, HeaderEditKind.Add) })
        {
            foreach (var text in parsed.GetValue(option) ?? [])
            {
                edits.Add(HeaderEdit.TryParse(kind, text, out var edit, out var error)
                    ? edit
                    : throw new UsageException($"{option.Name}: {error}"));
            }
        }

        edits.AddRange(target?.Edits ?? []);
        return HeaderEditLists.FitTogether(edits) ? edits
            : throw new UsageException($"{_set.Name}: {edits.Count} headers of a copy are to change; 60 at most");
    }

    /// <summary>Where changes to headers stand among each other: what is removed can be added again.</summary>
    public static int OrderOf(HeaderEditKind kind) => kind switch
    {
        HeaderEditKind.Remove => 0,
        HeaderEditKind.Set => 1,
        _ => 2,
    };
}
