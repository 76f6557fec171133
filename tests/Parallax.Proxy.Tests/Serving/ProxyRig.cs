using System.Net;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Serving;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>The loop a suite runs on.</summary>
public enum LoopKind
{
    Epoll,
    Managed,
}

/// <summary>A proxy before a primary, with a shadow where one is given. Ends with the proof that every request and every copy is accounted
/// for, that no memory is lost, and that nothing threw.</summary>
internal sealed class ProxyRig : IAsyncDisposable
{
    private readonly List<Exception> _faults = [];
    private readonly ProxyServer _server;

    public ProxyRig(
        LoopKind kind,
        IPEndPoint primary,
        IPEndPoint? shadow = null,
        Func<RouteConfig, RouteConfig>? route = null,
        Func<ProxyOptions, ProxyOptions>? options = null,
        Func<ProxyConfig, ProxyConfig>? config = null)
        : this((config ?? (same => same))(ConfigOf(primary, shadow, route ?? (same => same))), kind, options)
    {
    }

    public ProxyRig(
        ProxyConfig config,
        LoopKind kind = LoopKind.Epoll,
        Func<ProxyOptions, ProxyOptions>? options = null,
        bool mirrorsSafeMethodsOnly = false)
    {
        Config = config;
        Clusters.Apply(Config);
        var limits = new ProxyOptions
        {
            Loops = 1,
            LastCallTime = TimeSpan.FromMilliseconds(20),
            Upgrades = new AllowedUpgrades(["websocket", "connect", "chat", "else", "odd"]),
            IsManaged = kind == LoopKind.Managed,
            NewRandom = _ => new Random(17),
        };
        _server = new ProxyServer(
            RoutingTable.Compile(Config, ShadowHost.Suffix, mirrorsSafeMethodsOnly: mirrorsSafeMethodsOnly),
            Clusters, options?.Invoke(limits) ?? limits, _faults.Add);
        _server.Start();
    }

    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    public ProxyConfig Config { get; }

    public ClusterSet Clusters { get; } = new();

    public ProxyServer Server => _server;

    public IPEndPoint Address => _server.Addresses[0];

    public ProxyAccount Account => _server.Account;

    public static ProxyConfig ConfigOf(IPEndPoint primary, IPEndPoint? shadow, Func<RouteConfig, RouteConfig> route) => new()
    {
        Listeners =
        [
            new ListenerConfig
            {
                Name = "test:80",
                Port = 80,
                Address = new IPEndPoint(IPAddress.Loopback, 0),
                Servers = [ServerOf(route(new RouteConfig
                {
                    Name = "default",
                    Destinations = [new DestinationConfig { Cluster = "primary" }],
                    Mirrors = shadow is null ? [] : [new MirrorConfig { Name = "shadow", Cluster = "shadow" }],
                }))],
            },
        ],
        Clusters = shadow is null ? [ClusterOf("primary", [primary])] : [ClusterOf("primary", [primary]), ClusterOf("shadow", [shadow])],
    };

    public static ServerConfig ServerOf(params RouteConfig[] routes) => new()
    {
        Name = "test:80",
        Hostnames = ["*"],
        VirtualHosts = [new VirtualHostConfig { Hostnames = ["*"], Routes = routes }],
    };

    public static ClusterConfig ClusterOf(string name, IReadOnlyList<IPEndPoint> addresses) => new()
    {
        Name = name,
        Host = name,
        Port = 80,
        Endpoints = [.. addresses.Select(address => new EndpointConfig(address.Address.ToString(), address.Port))],
    };

    public Task<TestWire> ConnectAsync() => TestWire.ConnectAsync(Address);

    /// <summary>One request on a connection of its own.</summary>
    public async Task<RawMessage> SendAsync(string request)
    {
        using var wire = await ConnectAsync();
        await wire.WriteAsync(request);
        return (await wire.ReadAsync(request.StartsWith("HEAD ", StringComparison.Ordinal)))!;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DrainAsync(TimeSpan.FromSeconds(5));
        var account = _server.Account;
        _server.Dispose();
        Assert.Empty(_faults);
        Assert.Equal(0, account.Unexplained);
        Assert.Equal(0, account.InFlight);
        Assert.Equal(0, account.OpenConnections);
        Assert.All(account.Mirrors, mirror => Assert.Equal(0, mirror.Unexplained));
        Assert.All(account.Shadows, shadow => Assert.Equal(0, shadow.Unexplained));
        Assert.Equal(account.Mirrors.Sum(mirror => mirror.Offered), account.Shadows.Sum(shadow => shadow.Offered));
        Assert.Equal(0, account.Shadows.Sum(shadow => shadow.Queued + shadow.InFlight));
        Assert.Equal(0, _server.CopyBytes);
        var scarce = _server.Account.Scarce;
        Assert.Equal((0, 0, 0), (scarce.Primaries, scarce.Shadows, scarce.ClientBytes));
    }
}
