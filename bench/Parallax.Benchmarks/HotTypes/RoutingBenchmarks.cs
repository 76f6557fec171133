using System.Buffers;
using System.Net;
using BenchmarkDotNet.Attributes;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Benchmarks.HotTypes;

/// <summary>What the proxy does to every request between reading and sending it. One operation is one request; the table holds 300 routes
/// of three virtual hosts, and the request takes the last.</summary>
[InProcess]
[MemoryDiagnoser]
[WarmupCount(5)]
[IterationCount(15)]
public class RoutingBenchmarks
{
    private const int RoutesOfEach = 100;

    private static readonly string[] Hostnames = ["*", "*.example.org", "*.example.com"];

    private readonly byte[] _octets = [.. "GET /api/service-99/users/42?page=3 HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: wrk\r\n"u8,
        .. "Accept: */*\r\nCookie: session=abcdef\r\nX-Request-Id: 0123456789abcdef\r\nContent-Type: text/plain\r\n\r\n"u8];

    private readonly MessageHead _head = new();
    private readonly Latin1Scratch _scratch = new();
    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private RouteTarget? _target;
    private RoutingTable? _table;
    private LoadBalancer? _balancer;

    private RoutedRequest Request => new() { Head = _head, Octets = _octets, Scratch = _scratch };

    [GlobalSetup]
    public void Prepare()
    {
        HeadReader.TryRead(_octets, MessageKind.Request, Http1Policy.Active, _head, out _);
        var config = new ProxyConfig
        {
            Listeners = [new() { Name = "bench", Port = 80, Address = new(IPAddress.Loopback, 0), Servers = [Server] }],
            Clusters = [new() { Name = "c", Host = "c", Port = 80, Endpoints = [new("10.0.0.1", 80), new("10.0.0.2", 80)] }],
        };
        _table = RoutingTable.Compile(config, ShadowHost.Suffix);
        _target = _table.Listeners[0].Find(Request).Route!.Pick(0);
        var clusters = new ClusterSet();
        clusters.Apply(config);
        _balancer = new LoadBalancer(clusters.Find("c")!, new Random(1));
    }

    [Benchmark]
    public RouteHit Table_Find() => _table!.Listeners[0].Find(Request);

    [Benchmark]
    public int Head_Primary() => Write(_target!.Primary);

    [Benchmark]
    public int Head_Shadow() => Write(_target!.Mirrors[0].Rewriter);

    [Benchmark]
    public ClusterEndpoint? LoadBalancer_LeastRequest()
    {
        var endpoint = _balancer!.Begin(Request, avoid: null, now: 0);
        _balancer.End(endpoint!);
        return endpoint;
    }

    private static ServerConfig Server => new() { Name = "bench", Hostnames = ["*"], VirtualHosts = [.. Hosts()] };

    private static IEnumerable<VirtualHostConfig> Hosts() => Hostnames.Select(host =>
        new VirtualHostConfig { Hostnames = [host], Routes = [.. Enumerable.Range(0, RoutesOfEach).Select(RouteOf)] });

    private static RouteConfig RouteOf(int index) => new()
    {
        Name = $"{index}",
        Matches = [new() { Path = new(TextMatchKind.Prefix, $"/api/service-{index}/") }],
        Destinations = [new() { Cluster = "c" }],
        Mirrors = [new() { Name = "m", Cluster = "c" }],
    };

    private int Write(HeadRewriter rewriter)
    {
        _output.ResetWrittenCount();
        var inputs = new HeadInputs { ClientAddress = "192.0.2.1"u8, OwnAddress = "10.0.0.9"u8, RequestId = "0123456789abcdef"u8 };
        rewriter.Write(_head, _octets, inputs, _scratch, _output);
        return _output.WrittenCount;
    }
}
