using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Tests.Routing;

public sealed class LoadBalancerTests
{
    private const int Requests = 12_000;

    [Fact]
    public void Begin_NoEndpoint_IsNull() =>
        Assert.Null(Balancer(new() { Kind = LoadBalancerKind.Random }).Begin(ReadRequest.Get("/").Routed, avoid: null, now: 0));

    [Theory]
    [InlineData(LoadBalancerKind.RoundRobin)]
    [InlineData(LoadBalancerKind.Random)]
    [InlineData(LoadBalancerKind.LeastRequest)]
    [InlineData(LoadBalancerKind.ConsistentHash)]
    public void Begin_OneEndpoint_IsThatOneEvenToBeAvoided(LoadBalancerKind kind)
    {
        var balancer = Balancer(new() { Kind = kind, HashKind = HashKind.SourceIp }, 1);
        var first = balancer.Begin(ReadRequest.Get("/").Routed, avoid: null, now: 0)!;
        Assert.Same(first, balancer.Begin(ReadRequest.Get("/").Routed, first, now: 0));
    }

    [Fact]
    public void RoundRobin_EqualWeights_GoesRound()
    {
        var balancer = Balancer(new() { Kind = LoadBalancerKind.RoundRobin }, 1, 1, 1);
        var chosen = Enumerable.Range(0, 9).Select(_ => Choose(balancer)).ToList();
        Assert.Equal(3, chosen.Take(3).Distinct().Count());
        Assert.Equal(chosen.Take(3).Concat(chosen.Take(3)).Concat(chosen.Take(3)), chosen);
    }

    // Spread evenly, not five of the heavy one and then the others.
    [Fact]
    public void RoundRobin_Weights_AreKeptExactlyAndSmoothly()
    {
        var balancer = Balancer(new() { Kind = LoadBalancerKind.RoundRobin }, 5, 1, 1);
        Assert.Equal("1121311", string.Concat(Enumerable.Range(0, 7).Select(_ => Choose(balancer))));
    }

    [Theory]
    [InlineData(LoadBalancerKind.Random, new[] { 1, 1 })]
    [InlineData(LoadBalancerKind.Random, new[] { 7, 2, 1 })]
    [InlineData(LoadBalancerKind.LeastRequest, new[] { 1, 1, 1, 1 })]
    public void Draws_FollowTheWeights(LoadBalancerKind kind, int[] weights)
    {
        var balancer = Balancer(new() { Kind = kind }, weights);
        var counts = Enumerable.Range(0, Requests).CountBy(_ => Choose(balancer)).ToDictionary();
        for (var index = 0; index < weights.Length; index++)
        {
            var share = (double)weights[index] / weights.Sum();
            var sigma = Math.Sqrt(Requests * share * (1 - share));
            Assert.InRange(counts[index + 1], (Requests * share) - (3 * sigma), (Requests * share) + (3 * sigma));
        }
    }

    // The busy one of two is never chosen; of three, only when it is drawn for lack of a second one.
    [Fact]
    public void LeastRequest_BusyEndpoint_IsLeftAlone()
    {
        var balancer = Balancer(new() { Kind = LoadBalancerKind.LeastRequest }, 1, 1, 1);
        var busy = balancer.Begin(ReadRequest.Get("/").Routed, avoid: null, now: 0);
        var counts = Enumerable.Range(0, 300).CountBy(_ => Choose(balancer)).ToDictionary();
        Assert.Equal(0, counts.GetValueOrDefault(Number(busy!)));
    }

    [Theory]
    [InlineData(LoadBalancerKind.RoundRobin)]
    [InlineData(LoadBalancerKind.Random)]
    [InlineData(LoadBalancerKind.LeastRequest)]
    [InlineData(LoadBalancerKind.ConsistentHash)]
    public void Begin_EndpointThatFailed_IsAvoided(LoadBalancerKind kind)
    {
        var balancer = Balancer(new() { Kind = kind, HashKind = HashKind.SourceIp }, 3, 2, 1);
        for (var time = 0; time < 200; time++)
        {
            var failed = balancer.Begin(ReadRequest.Get("/").Routed, avoid: null, now: 0)!;
            Assert.NotSame(failed, balancer.Begin(ReadRequest.Get("/").Routed, failed, now: 0));
        }
    }

    [Fact]
    public void End_RequestIsOver_IsNoLongerCounted()
    {
        var balancer = Balancer(new() { Kind = LoadBalancerKind.Random }, 1);
        var endpoint = balancer.Begin(ReadRequest.Get("/").Routed, avoid: null, now: 0)!;
        Assert.Equal((1, 1), (endpoint.ActiveRequests, balancer.ActiveRequests));
        balancer.End(endpoint);
        Assert.Equal((0, 0), (endpoint.ActiveRequests, balancer.ActiveRequests));
    }

    [Theory]
    [InlineData(HashKind.Header, "x-user")]
    [InlineData(HashKind.Cookie, "session")]
    [InlineData(HashKind.QueryParam, "user")]
    [InlineData(HashKind.SourceIp, "")]
    public void ConsistentHash_SameKey_SameEndpointInEveryBalancer(HashKind kind, string name)
    {
        var config = new LoadBalancerConfig { Kind = LoadBalancerKind.ConsistentHash, HashKind = kind, HashName = name };
        var (one, other) = (Balancer(config, 1, 1, 1, 1), Balancer(config, 1, 1, 1, 1));
        var used = new HashSet<int>();
        for (var user = 0; user < 100; user++)
        {
            var request = new ReadRequest(
                $"GET /?user={user} HTTP/1.1\r\nHost: a\r\nx-user: {user}\r\nCookie: a=b; session={user}\r\n\r\n",
                client: $"192.0.2.{user}");
            var chosen = Choose(one, request);
            Assert.Equal(chosen, Choose(other, request));
            used.Add(chosen);
        }

        Assert.Equal(4, used.Count);
    }

    /// <summary>The ring of Envoy's own tests (ring_hash_lb_test.cc, Basic): six endpoints with two places each, and the hashes that its
    /// test
    /// looks up.</summary>
    [Theory]
    [InlineData(0UL, 94)]
    [InlineData(ulong.MaxValue, 94)]
    [InlineData(833437586790550860UL, 94)]
    [InlineData(833437586790550861UL, 92)]
    [InlineData(928266305478181108UL, 92)]
    [InlineData(1033482794131418490UL, 90)]
    [InlineData(3551244743356806947UL, 95)]
    [InlineData(3551244743356806948UL, 93)]
    [InlineData(3851675632748031481UL, 93)]
    [InlineData(5583722120771150861UL, 91)]
    [InlineData(6311230543546372928UL, 91)]
    [InlineData(7700377290971790572UL, 93)]
    [InlineData(13144177310400110813UL, 95)]
    [InlineData(13444792449719432967UL, 92)]
    [InlineData(15516499411664133160UL, 94)]
    [InlineData(16117243373044804889UL, 90)]
    public void ConsistentHash_Ring_IsEnvoys(ulong hash, int port)
    {
        var set = new ClusterSet();
        EndpointConfig[] endpoints = [.. Enumerable.Range(90, 6).Select(each => new EndpointConfig("127.0.0.1", each))];
        set.Apply(new() { Listeners = [], Clusters = [Tables.Cluster("c") with { Endpoints = endpoints }] });
        var ring = new HashRing([.. set.Find("c")!.Endpoints], smallestRing: 12);
        Assert.Equal((12, port), (ring.Count, ring.Find(hash, avoid: null).Address.Port));
    }

    // Fixed for ever: instances of different versions must agree.
    [Fact]
    public void ConsistentHash_Choice_IsTheSameInEveryProcess()
    {
        var balancer = Balancer(new() { Kind = LoadBalancerKind.ConsistentHash, HashName = "x-user" }, 1, 1, 1);
        var chosen = Enumerable.Range(0, 16).Select(user => Choose(balancer, ReadRequest.Get("/", fields: $"x-user: {user}\r\n")));
        Assert.Equal("2323211222223232", string.Concat(chosen));
    }

    [Fact]
    public void ConsistentHash_OneEndpointMore_MovesOnlyItsShare()
    {
        var config = new LoadBalancerConfig { Kind = LoadBalancerKind.ConsistentHash, HashName = "x-user" };
        var (before, after) = (Balancer(config, 1, 1, 1, 1), Balancer(config, 1, 1, 1, 1, 1));
        var (moved, toOthers) = (0, 0);
        for (var user = 0; user < 2000; user++)
        {
            var request = ReadRequest.Get("/", fields: $"x-user: {user}\r\n");
            var (old, now) = (Choose(before, request), Choose(after, request));
            moved += old == now ? 0 : 1;
            toOthers += old == now || now == 5 ? 0 : 1;
        }

        // A fifth of the keys; besides, each of the four loses a fifth of its places, as with Envoy.
        Assert.InRange(moved - toOthers, 250, 550);
        Assert.InRange(toOthers, 0, 350);
    }

    [Fact]
    public void ConsistentHash_Weights_AreSharesOfTheKeys()
    {
        var balancer = Balancer(new() { Kind = LoadBalancerKind.ConsistentHash, HashName = "x-user", MinimumRingSize = 10_000 }, 3, 1);
        var requests = Enumerable.Range(0, 4000).Select(user => ReadRequest.Get("/", fields: $"x-user: {user}\r\n"));
        var ofTheFirst = requests.Count(request => Choose(balancer, request) == 1);
        Assert.InRange(ofTheFirst, 2800, 3200);
    }

    [Fact]
    public void ConsistentHash_NoKey_IsDrawn()
    {
        var balancer = Balancer(new() { Kind = LoadBalancerKind.ConsistentHash, HashName = "x-user" }, 1, 1);
        Assert.Equal(2, Enumerable.Range(0, 100).Select(_ => Choose(balancer)).Distinct().Count());
        Assert.Equal(0UL, balancer.NewCookie);
    }

    [Fact]
    public void ConsistentHash_NoCookie_TheOneMadeLeadsBack()
    {
        var config = new LoadBalancerConfig
        {
            Kind = LoadBalancerKind.ConsistentHash,
            HashKind = HashKind.Cookie,
            HashName = "c",
            CookieLifetime = TimeSpan.FromMinutes(1),
        };
        var balancer = Balancer(config, 1, 1, 1, 1, 1, 1);
        for (var time = 0; time < 50; time++)
        {
            var chosen = Choose(balancer);
            var line = System.Text.Encoding.Latin1.GetString(AffinityCookie.LineOf(config, balancer.NewCookie));
            Assert.Matches("^Set-Cookie: c=[0-9a-f]{16}; Max-Age=60; HttpOnly\r\n$", line);
            var cookie = line["Set-Cookie: ".Length..line.IndexOf(';', StringComparison.Ordinal)];
            var back = ReadRequest.Get("/", fields: $"Cookie: {cookie}\r\n");
            Assert.Equal((chosen, 0UL), (Choose(balancer, back), balancer.NewCookie));
        }
    }

    private static int Choose(LoadBalancer balancer, ReadRequest? request = null)
    {
        var endpoint = balancer.Begin((request ?? ReadRequest.Get("/")).Routed, avoid: null, now: 0)!;
        balancer.End(endpoint);
        return Number(endpoint);
    }

    private static int Number(ClusterEndpoint endpoint) => endpoint.Address.Address.GetAddressBytes()[3];

    private static LoadBalancer Balancer(LoadBalancerConfig config, params int[] weights)
    {
        var endpoints = weights.Select((weight, index) => new EndpointConfig($"10.0.0.{index + 1}", 80, weight));
        var set = new ClusterSet();
        set.Apply(new() { Listeners = [], Clusters = [Tables.Cluster("c") with { Endpoints = [.. endpoints], LoadBalancer = config }] });
        return new LoadBalancer(set.Find("c")!, new Random(1));
    }
}
