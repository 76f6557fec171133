using System.Net;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Routing;

/// <summary>Configurations in few words.</summary>
internal static class Tables
{
    public static readonly RouteConfig Anything = Route("anything");

    public static RouteConfig Route(string name, params RouteMatchConfig[] matches) =>
        new() { Name = name, Matches = matches, Destinations = [new() { Cluster = "primary" }] };

    public static RouteMatchConfig Path(TextMatchKind kind, string value, bool ignoresCase = false) =>
        new() { Path = new(kind, value, ignoresCase) };

    public static VirtualHostConfig Host(string name, params RouteConfig[] routes) => new() { Hostnames = [name], Routes = routes };

    public static ClusterConfig Cluster(string name, params string[] addresses) => new()
    {
        Name = name,
        Host = $"{name}.svc",
        Port = 8000,
        Endpoints = [.. addresses.Select(address => new EndpointConfig(address, 80))],
    };

    public static ProxyConfig Config(params VirtualHostConfig[] hosts) => new()
    {
        Listeners =
        [
            new()
            {
                Name = "gateway:80",
                Port = 80,
                Address = new IPEndPoint(IPAddress.Loopback, 0),
                Servers = [new() { Name = "gateway:80", Hostnames = ["*"], VirtualHosts = hosts }],
            },
        ],
        Clusters = [Cluster("primary", "10.0.0.1"), Cluster("mirror", "10.0.0.2")],
    };

    public static RoutingTable Of(params VirtualHostConfig[] hosts) => RoutingTable.Compile(Config(hosts), ShadowHost.Suffix);

    public static RoutingTable Of(params RouteConfig[] routes) => Of(Host("*", routes));

    public static HeaderEdit Edit(HeaderEditKind kind, string text)
    {
        Assert.True(HeaderEdit.TryParse(kind, text, out var edit, out var error), error);
        return edit;
    }

    /// <summary>Sets a header to a value with operators.</summary>
    public static HeaderEdit Template(string text, bool isResponse = false)
    {
        Assert.True(ValueTemplate.TryParse(text[(text.IndexOf(':') + 2)..], isResponse, out var template, out var error, out _), error);
        return Edit(HeaderEditKind.Set, text).With(template);
    }
}
