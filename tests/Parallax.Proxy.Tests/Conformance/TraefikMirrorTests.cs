using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Configuration;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>Traefik's mirror_test.go, and TestMirror and TestMirrorWithBody of its integration tests.</summary>
public sealed class TraefikMirrorTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    /// <summary>TestMirroringOn100, TestMirroringOn10 and TestMirror, turned round: there requests are counted, so that the share is exact
    /// and periodic. Here each is drawn; the share lies within three standard deviations, and what the 10 % mirror sees the 50 % mirror
    /// sees too.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(100)]
    [InlineData(1000)]
    public async Task TwoMirrors_SeeTheirShares(int requests)
    {
        using var primary = new Witness();
        using var tenth = new Witness();
        using var half = new Witness();
        await using (var rig = new ProxyRig(Config(primary, (tenth, 10), (half, 50))))
        {
            using var client = await rig.ConnectAsync();
            for (var sent = 0; sent < requests; sent++)
            {
                await client.WriteAsync($"GET /{sent} HTTP/1.1\r\nHost: a\r\n\r\n");
                await client.ReadAsync();
            }
        }

        Assert.InRange(tenth.Seen.Count, (0.1 * requests) - Deviation(0.1), (0.1 * requests) + Deviation(0.1));
        Assert.InRange(half.Seen.Count, (0.5 * requests) - Deviation(0.5), (0.5 * requests) + Deviation(0.5));
        Assert.Subset(half.Seen.Select(copy => copy.Line).ToHashSet(), tenth.Seen.Select(copy => copy.Line).ToHashSet());

        double Deviation(double share) => 3 * Math.Sqrt(requests * share * (1 - share));
    }

    /// <summary>TestInvalidPercent.</summary>
    [Theory]
    [InlineData(-1, false)]
    [InlineData(101, false)]
    [InlineData(100, true)]
    [InlineData(0, true)]
    public void Percentage_MustBeZeroToHundred(int percent, bool isValid)
    {
        var loaded = Loading.Load(
            $$$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: mirrors}
            spec:
              hosts: ['*']
              http: [{route: [{destination: {host: a}}], mirrors: [{destination: {host: b}, percentage: {value: {{{percent}}}}}]}]
            """);
        Assert.Equal(isValid, loaded.Errors == 0);
    }

    /// <summary>TestHijack: a mirror never takes the connection over. A request for another protocol goes to the primary only, untouched,
    /// and is counted.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task RequestForAnotherProtocol_IsTunnelledAndNotCopied(LoopKind kind)
    {
        using var mirror = new Witness();
        using var primary = new TestServer(async wire =>
        {
            Assert.Contains("chat", (await wire.ReadHeadAsync())!, StringComparison.Ordinal);
            await wire.WriteAsync("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\nhello");
            await wire.WriteAsync(await wire.ReadExactlyAsync(5));
        });
        await using (var rig = new ProxyRig(kind, primary.Address, mirror.Address))
        {
            using var client = await rig.ConnectAsync();
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
            Assert.Equal("hello"u8.ToArray(), await client.ReadExactlyAsync(5));
            await client.WriteAsync("world");
            Assert.Equal("world"u8.ToArray(), await client.ReadExactlyAsync(5));
            Assert.Equal(1, rig.Account.Mirrors[0].Dropped[(int)DropReason.Tunnel]);
        }

        Assert.Empty(mirror.Seen);
    }

    /// <summary>TestFlush: a mirror that sends its answer piece by piece changes nothing.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task MirrorThatFlushes_IsReadToItsEnd(LoopKind kind)
    {
        var copies = new CopyLog();
        using var primary = new Witness();
        using var mirror = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            foreach (var piece in (string[])["HTTP/1.1 200 OK\r\nTransfer-", "Encoding: chunked\r\n\r\n", "3\r\nabc\r\n", "0\r\n", "\r\n"])
            {
                await wire.WriteAsync(piece);
            }

            await wire.IsAtEndAsync();
        });
        await using var rig = new ProxyRig(kind, primary.Address, mirror.Address, options: copies.In);
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        var outcome = (await copies.NextAsync()).Outcome;
        Assert.Equal((200, 3L), (outcome.Status, outcome.BodyOctets));
    }

    /// <summary>TestMirroringWithBody and TestMirrorWithBody: ten mirrors, each with the whole body; TestCloneRequest's requests with and
    /// without one.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("body")]
    [InlineData("¯\\_(o)_/¯")]
    public async Task TenMirrors_GetTheWholeBody(string body)
    {
        using var primary = new Witness();
        var mirrors = Enumerable.Range(0, 10).Select(_ => new Witness()).ToList();
        await using (var rig = new ProxyRig(Config(primary, [.. mirrors.Select(mirror => (mirror, 100))])))
        {
            await rig.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        }

        Assert.All(mirrors, mirror => Assert.Equal(body, Assert.Single(mirror.Seen).Text));
        mirrors.ForEach(mirror => mirror.Dispose());
    }

    private static ProxyConfig Config(Witness primary, params (Witness Server, int Percent)[] mirrors)
    {
        var config = ProxyRig.ConfigOf(primary.Address, null, route => route with
        {
            Mirrors = [.. mirrors.Select((mirror, at) => new MirrorConfig
            {
                Name = $"mirror{at}",
                Cluster = $"mirror{at}",
                Sampler = Sampler.OfPercent(mirror.Percent),
            })],
        });
        return config with
        {
            Clusters = [.. config.Clusters, .. mirrors.Select((mirror, at) => ProxyRig.ClusterOf($"mirror{at}", [mirror.Server.Address]))],
        };
    }
}
