using System.CommandLine;
using Parallax.Proxy.Configuration;
using Parallax.Traffic.Matching;
using Parallax.Traffic.Shadowing;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that make a proxy without documents: one listener, one primary, any number of mirrors.</summary>
internal sealed class QuickSwitches
{
    private const int DefaultPort = 8080;

    private readonly Option<string[]> _listen = new("--listen") { Description = "listen here [8080]", HelpName = "[ADDRESS:]PORT" };
    private readonly Option<string?> _primary = new("--primary") { Description = "forward everything to this URL", HelpName = "URL" };
    private readonly Option<string[]> _mirror = new("--mirror")
    {
        Description = "send a copy of each request to this URL (repeatable)",
        HelpName = "URL",
    };

    private readonly Option<string?> _percent = new("--percent") { Description = "copy this share of the requests [100]", HelpName = "N" };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _listen, _primary, _mirror, _percent })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="UsageException">A value is not right.</exception>
    public ProxyConfig Build(ParseResult parsed)
    {
        if (parsed.GetValue(_primary) is not { } primary)
        {
            throw new UsageException("--primary URL says where requests go; it is missing");
        }

        var sampler = Sampler.All;
        if (parsed.GetValue(_percent) is { } percent && !Sampler.TryParse(percent, out sampler, out var error))
        {
            throw new UsageException($"{_percent.Name}: {error}");
        }

        var main = ClusterOf(_primary.Name, primary, "primary");
        var mirrors = (parsed.GetValue(_mirror) ?? []).Select((url, at) => ClusterOf(_mirror.Name, url, $"shadow-{at + 1}")).ToList();
        var route = new RouteConfig
        {
            Name = "default",
            Destinations = [new DestinationConfig { Cluster = main.Name }],
            Mirrors = [.. mirrors.Select(mirror => new MirrorConfig { Name = mirror.Host, Cluster = mirror.Name, Sampler = sampler })],
        };
        string[] addresses = parsed.GetValue(_listen) is { Length: > 0 } given ? given : [""];
        return new ProxyConfig
        {
            Listeners = [.. addresses.Select(address => ListenerOf(address, route))],
            Clusters = [main, .. mirrors],
        };
    }

    private ListenerConfig ListenerOf(string address, RouteConfig route)
    {
        var endPoint = EndPoints.Listening(_listen.Name, address, DefaultPort);
        return new ListenerConfig
        {
            Name = $"listener:{endPoint.Port}",
            Port = endPoint.Port,
            Address = endPoint,
            VirtualHosts = [new VirtualHostConfig { Hostnames = ["*"], Routes = [route] }],
        };
    }

    private static ClusterConfig ClusterOf(string option, string text, string name)
    {
        if (!ShadowUrl.TryParse(text, out var url, out var error))
        {
            throw new UsageException($"{option}: {error}");
        }

        return new ClusterConfig
        {
            Name = name,
            Host = url.Host,
            Port = url.Port,
            Endpoints = [.. EndPoints.Resolve(option, url.Host, url.Port).Select(at => new EndpointConfig(at.Address.ToString(), at.Port))],
            Tls = url.IsTls ? new ClusterTlsConfig { ServerName = url.Host } : null,
        };
    }
}
