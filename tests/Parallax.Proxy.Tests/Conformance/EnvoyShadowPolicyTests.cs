using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>Envoy's shadow_policy_integration_test (the tests of whole requests), shadow_writer_impl_test and the sandbox
/// route-mirror.</summary>
public sealed class EnvoyShadowPolicyTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: sni.lyft.com\r\n\r\n";

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    /// <summary>Basic: two requests, and one connection to each side.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task TwoRequests_AreCopiedOverOneConnection(LoopKind kind)
    {
        using var primary = new Witness();
        using var shadow = new Witness();
        var copies = new CopyLog();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, options: copies.In);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(200, (await rig.SendAsync(Get)).Status);
            Assert.Equal(200, (await copies.NextAsync()).Outcome.Status);
        }

        Assert.Equal((1, 1), (primary.Accepted, shadow.Accepted));
    }

    /// <summary>BasicWithLimits, the mirror's half: however many clients, one connection to the mirror when no more are allowed. There are
    /// no pools for each client's connection.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task MirrorWithOneConnection_GetsTheCopiesOfAllClients(LoopKind kind)
    {
        using var primary = new Witness();
        using var shadow = new Witness();
        await using (var rig = new ProxyRig(kind, primary.Address, shadow.Address, config: config => config with
        {
            Clusters = [.. config.Clusters.Select(cluster => cluster with { ConnectionPool = new() { MaxConnections = 1 } })],
        }))
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => rig.SendAsync(Get)));
        }

        Assert.Equal((20, 1), (shadow.Seen.Count, shadow.Accepted));
    }

    /// <summary>OriginalClusterWithLocalReply: an answer the proxy gives itself reaches the client; nothing was sent, so nothing is
    /// copied.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task RequestAnsweredHere_IsNotCopied(LoopKind kind)
    {
        using var primary = new Witness();
        using var shadow = new Witness();
        await using (var rig = new ProxyRig(kind, primary.Address, shadow.Address, route => route with
        {
            Fault = new() { AbortStatus = 400, AbortSampler = Sampler.All },
        }))
        {
            Assert.Equal(400, (await rig.SendAsync(Get)).Status);
        }

        Assert.Empty(shadow.Seen);
    }

    /// <summary>MirrorClusterWithLocalReply: a mirror that answers 400 changes nothing for the client.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task MirrorAnswers400_TheClientGets200(LoopKind kind)
    {
        using var primary = new Witness();
        using var shadow = TestServer.Answering(_ => "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        var copies = new CopyLog();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, options: copies.In);
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        Assert.Equal(400, (await copies.NextAsync()).Outcome.Status);
    }

    /// <summary>ShadowedClusterHostHeaderAppendsSuffix and ShadowedClusterHostHeaderAppendsSuffixAddresses; shadow_writer_impl_test Success
    /// and Failure; the sandbox's Host at the mirror.</summary>
    [Theory]
    [InlineData("sni.lyft.com", "sni.lyft.com-shadow")]
    [InlineData("127.0.0.1:8080", "127.0.0.1-shadow:8080")]
    [InlineData("[::1]:8080", "[::1]-shadow:8080")]
    [InlineData("[::1]", "[::1]-shadow")]
    [InlineData("cluster1", "cluster1-shadow")]
    [InlineData("cluster1:8000", "cluster1-shadow:8000")]
    [InlineData("localhost:10000", "localhost-shadow:10000")]
    public async Task HostOfTheCopy_HasTheSuffixBeforeThePort(string host, string expected) =>
        Assert.Equal((host, expected), await HostsAsync(host, null));

    /// <summary>ShadowedClusterHostHeaderDisabledAppendSuffix; shadow_writer_impl_test SuccessNoShadowHeaderAppend.</summary>
    [Theory]
    [InlineData("sni.lyft.com")]
    [InlineData("cluster1:8000")]
    public async Task HostOfTheCopy_StaysWhenTheSuffixIsSwitchedOff(string host) =>
        Assert.Equal((host, host), await HostsAsync(host, ShadowHost.Same));

    /// <summary>ClusterMirroringWithHeaderMutations, at the route: what is changed for the mirror is changed there only.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task HeadersOfTheMirror_ChangeTheCopyOnly(LoopKind kind)
    {
        using var primary = new Witness();
        using var shadow = new Witness();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, route => route with
        {
            Mirrors =
            [
                new MirrorConfig
                {
                    Name = "shadow",
                    Cluster = "shadow",
                    Headers = [Edit(HeaderEditKind.Add, "x-shadow-test: yes"), Edit(HeaderEditKind.Remove, "x-remove-me")],
                },
            ],
        });
        await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nx-remove-me: 1\r\nx-keep-me: 1\r\n\r\n");
        Assert.Equal((null, "1", "1"), Marks(await primary.NextAsync()));
        Assert.Equal(("yes", null, "1"), Marks(await shadow.NextAsync()));

        static (string? Test, string? Remove, string? Keep) Marks(RawMessage seen) =>
            (seen["x-shadow-test"], seen["x-remove-me"], seen["x-keep-me"]);
    }

    /// <summary>shadow_writer_impl_test NoCluster; in the sandbox, a mirror of an unknown name: the client is served, the drop
    /// counted.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task MirrorsClusterIsNotKnown_TheClientIsServed(LoopKind kind)
    {
        using var primary = new Witness();
        await using var rig = new ProxyRig(
            kind, primary.Address, route: route => route with { Mirrors = [new MirrorConfig { Name = "lost", Cluster = "lost" }] });
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        Assert.Equal(1, rig.Account.Mirrors[0].Dropped[(int)DropReason.NoEndpoint]);
    }

    private static HeaderEdit Edit(HeaderEditKind kind, string text) =>
        HeaderEdit.TryParse(kind, text, out var edit, out var error) ? edit : throw new InvalidOperationException(error);

    private static async Task<(string? Primary, string? Copy)> HostsAsync(string host, ShadowHost? rule)
    {
        using var primary = new Witness();
        using var shadow = new Witness();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, shadow.Address, route => route with
        {
            Mirrors = [new MirrorConfig { Name = "shadow", Cluster = "shadow", Host = rule }],
        });
        await rig.SendAsync($"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n");
        return ((await primary.NextAsync())["host"], (await shadow.NextAsync())["host"]);
    }
}
