using System.CommandLine;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Listeners;
using Parallax.Proxy.Configuration.Loading;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that name documents and say what documents cannot: where services are, and which sockets stand for their
/// ports.</summary>
/// <param name="sharedListen">The command's own option for sockets when it has one; its values are taken for rules.</param>
internal sealed class ConfigurationSwitches(Option<string[]>? sharedListen = null)
{
    private readonly Option<string[]> _file = new("--file", "-f")
    {
        Description = "documents: a file, a folder, or - for standard input (repeatable)",
        HelpName = "PATH",
    };

    private readonly Option<string[]> _resolve = new("--resolve")
    {
        Description = "an endpoint of a service (repeatable)",
        HelpName = "HOST[:PORT]=ADDR:PORT[,LABEL=VALUE]",
    };

    private readonly Option<string?> _endpoints = new("--endpoints")
    {
        Description = "a YAML list of endpoints: host, port, address, labels, weight",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _listen = sharedListen ?? new("--listen")
    {
        Description = "the socket for a declared port (repeatable)",
        HelpName = "PORT=[ADDR:]PORT",
    };

    private readonly Option<string?> _tls = new("--tls-dir")
    {
        Description = "a folder with the certificates that documents name: NAME.crt and NAME.key",
        HelpName = "DIR",
    };

    private readonly SourceReader _reader = new();

    /// <summary>For a command that does not listen for requests.</summary>
    public static ConfigurationSwitches WithoutSockets() => new(new Option<string[]>("--listen"));

    public void AddTo(CommandPage page)
    {
        page.Add(SwitchGroup.Documents, _file, _resolve, _endpoints, _tls);
        if (sharedListen is null)
        {
            page.Add(SwitchGroup.Documents, _listen);
        }
    }

    /// <summary>The sources named; empty when none is.</summary>
    public IReadOnlyList<string> SourcesOf(ParseResult parsed) => parsed.GetValue(_file) ?? [];

    /// <summary>Refuses what means nothing without documents.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="others">Options of the command that mean nothing without documents, either.</param>
    /// <exception cref="UsageException">There are none, and one of the options is given.</exception>
    public void CheckNeeded(ParseResult parsed, params IEnumerable<Option> others)
    {
        var idle = others.Concat([_resolve, _endpoints, _tls]).FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        if (idle is not null && SourcesOf(parsed).Count == 0)
        {
            throw new UsageException($"{idle.Name} says something about documents, but no {_file.Name} PATH names any");
        }
    }

    /// <summary>Loads the documents. Each call reads them again, except standard input and pipes, which end once.</summary>
    /// <exception cref="UsageException">An option is not right. What is wrong with documents is in the result.</exception>
    public LoadedConfiguration Load(ParseResult parsed)
    {
        var sources = SourcesOf(parsed);
        return sources.Count > 0 ? ConfigurationLoader.Load(sources, OptionsOf(parsed))
            : throw new UsageException("no document: name a file or folder with --file");
    }

    /// <summary>What the command line says about documents.</summary>
    /// <exception cref="UsageException">An option is not right.</exception>
    public LoadOptions OptionsOf(ParseResult parsed) => new()
    {
        Endpoints = [.. (parsed.GetValue(_resolve) ?? []).Select(EndpointOf)],
        EndpointsFile = parsed.GetValue(_endpoints),
        Listeners = (parsed.GetResult(_listen) is null ? [] : parsed.GetValue(_listen) ?? []).Aggregate(ListenerMap.Default, Add),
        TlsFolder = parsed.GetValue(_tls),
        Reader = _reader,
        StandardInput = SourcesOf(parsed).Contains("-") ? Console.OpenStandardInput() : null,
    };

    private EndpointOverride EndpointOf(string text) => EndpointOverride.TryParse(text, out var endpoint, out var error)
        ? endpoint
        : throw new UsageException($"{_resolve.Name}: {error}");

    private ListenerMap Add(ListenerMap map, string text) => map.TryAdd(text, out var longer, out var error)
        ? longer
        : throw new UsageException($"{_listen.Name}: {error}");
}
