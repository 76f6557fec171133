using System.CommandLine;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;
using Parallax.Shadows.Clients;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that make a proxy without documents: one primary, any number of mirrors.</summary>
/// <param name="policy">The mirrors' policy.</param>
internal sealed class QuickSwitches(PolicySwitches policy)
{
    private const int DefaultPort = 8080;

    private readonly Option<string?> _primary = new("--primary") { Description = "forward everything to this URL", HelpName = "URL" };
    private readonly TargetSwitch _mirror = new("--mirror");

    private readonly Option<bool> _insecure = new("--insecure") { Description = "do not verify certificates of https URLs" };

    private readonly Option<string?> _tlsCert = new("--tls-cert")
    {
        Description = "serve TLS with this certificate, a PEM file with its chain",
        HelpName = "FILE",
    };

    private readonly Option<string?> _tlsKey = new("--tls-key") { Description = "its private key, a PEM file", HelpName = "FILE" };

    /// <summary>Where to listen; with documents, which sockets stand for their ports.</summary>
    public Option<string[]> Listen { get; } = new("--listen")
    {
        Description = "listen here [8080]; with documents, the socket for a declared port: PORT=[ADDRESS:]PORT (repeatable)",
        HelpName = "[ADDRESS:]PORT",
    };

    private IEnumerable<Option> OnlyHere => [_primary, _mirror.Option, .. policy.OfOneMirror, _insecure, _tlsCert, _tlsKey];

    /// <summary>What may be changed while the proxy runs.</summary>
    public IReadOnlyList<Option> Changeable => [_mirror.Option, .. policy.OfOneMirror];

    public void AddTo(CommandPage page) =>
        page.Add(SwitchGroup.Requests, Listen, _primary, _mirror.Option, _insecure, _tlsCert, _tlsKey);

    /// <summary>Refuses what means nothing beside documents.</summary>
    /// <exception cref="UsageException">One of the options is given.</exception>
    public void CheckAbsent(ParseResult parsed)
    {
        if (OnlyHere.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } given)
        {
            throw new UsageException($"{given.Name} and --file exclude each other: documents say where requests go");
        }
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="aboutCopies">Options that mean nothing without copies.</param>
    /// <param name="timeout">The one for the time in which every copy must be answered.</param>
    /// <exception cref="UsageException">A value is not right, or an option has no effect.</exception>
    public ProxyConfig Build(ParseResult parsed, IEnumerable<Option> aboutCopies, Option timeout)
    {
        if (parsed.GetValue(_primary) is not { } primary)
        {
            throw new UsageException("nothing says where requests go: add --primary URL or --file PATH");
        }

        var targets = _mirror.TargetsOf(parsed);
        if (targets.Count == 0 && aboutCopies.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } idle)
        {
            throw new UsageException($"{idle.Name} says something about copies, but no {_mirror.Option.Name} URL says where they go");
        }

        if (targets.Count > 0)
        {
            Check(parsed, targets, timeout);
        }

        var mirrors = targets.Select((target, at) => MirrorTo(parsed, targets.Count == 1 ? "shadow" : $"shadow-{at + 1}", target));
        string[] addresses = parsed.GetValue(Listen) is { Length: > 0 } given ? given : [""];
        var listening = addresses.Select(address => EndPoints.Listening(Listen.Name, address, DefaultPort)).ToList();
        if (listening.GroupBy(address => address).FirstOrDefault(same => same.Skip(1).Any()) is { } twice)
        {
            throw new UsageException($"{Listen.Name}: {twice.Key} is given twice; once is enough");
        }

        return QuickMode.Build(
            listening,
            UrlOf(_primary, primary),
            [.. mirrors],
            TlsOf(parsed),
            verifiesCertificates: !parsed.GetValue(_insecure));
    }

    /// <summary>Refuses a seed where nothing is drawn. Shares that are changed later may be all.</summary>
    /// <exception cref="UsageException">There is one, and every share is all.</exception>
    public void CheckSeed(ParseResult parsed) =>
        policy.CheckSeed(parsed, _mirror.TargetsOf(parsed).Select(target => target.Sampler ?? policy.SamplerOf(parsed)));

    private void Check(ParseResult parsed, List<CopyTarget> targets, Option timeout)
    {
        policy.CheckShared(parsed, targets, timeout, hasDocuments: false);
        var unlike = targets.GroupBy(target => QuickMirror.ClusterOf(target.Url))
            .FirstOrDefault(same => same.Select(target => target.Timeout).Distinct().Skip(1).Any());
        if (unlike is not null)
        {
            throw new UsageException($"{_mirror.Option.Name}: {unlike.First().Url} is given twice with different timeouts, "
                + "but copies to one server share its connections; give it one");
        }
    }

    private QuickMirror MirrorTo(ParseResult parsed, string name, CopyTarget target) => new(
        target.Url,
        new()
        {
            Name = name,
            Cluster = QuickMirror.ClusterOf(target.Url),
            Match = policy.MatchOf(parsed),
            Sampler = target.Sampler ?? policy.SamplerOf(parsed),
            Rate = target.Rate ?? policy.RateOf(parsed),
            Headers = policy.EditsOf(parsed, target),
            Path = policy.PathOf(parsed),
            Host = target.Host,
        })
    {
        Timeout = target.Timeout,
    };

    private ServerTlsConfig? TlsOf(ParseResult parsed)
    {
        switch (parsed.GetValue(_tlsCert), parsed.GetValue(_tlsKey))
        {
            case (null, null):
                return null;
            case ({ } certificate, { } key):
                var tls = QuickMode.TlsOf(certificate, key, out var problem);
                return problem is null ? tls : throw new UsageException($"{_tlsCert.Name}: {problem}");
            default:
                throw new UsageException($"{_tlsCert.Name} and {_tlsKey.Name} go together");
        }
    }

    private static ServerUrl UrlOf(Option option, string text) =>
        ServerUrl.TryParse(text, out var url, out var error) ? url : throw new UsageException($"{option.Name}: {error}");
}
