using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>nginx-tests, mirror.t and mirror_proxy.t.</summary>
public sealed class NginxMirrorTests
{
    private const string Post = "POST /delay?1 HTTP/1.0\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n1234567890";

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    /// <summary>mirror.t "request" and "log - request".</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Request_IsCopiedOnce(LoopKind kind)
    {
        using var primary = new Witness();
        using var mirror = new Witness();
        await using (var rig = new ProxyRig(kind, primary.Address, mirror.Address))
        {
            Assert.Equal(200, (await rig.SendAsync("GET /mirror?1 HTTP/1.0\r\n\r\n")).Status);
        }

        Assert.Equal("GET /mirror?1 HTTP/1.1", Assert.Single(mirror.Seen).Line);
    }

    /// <summary>mirror.t "internal redirect" and its log, turned round: there the request that is looked up again is copied again. Here a
    /// request whose primary leg is tried again has one copy.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task RequestTriedAgain_IsCopiedOnce(LoopKind kind)
    {
        var tries = 0;
        using var primary = TestServer.Answering(_ => tries++ == 0
            ? "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        using var mirror = new Witness();
        await using (var rig = new ProxyRig(kind, primary.Address, mirror.Address, route => route with
        {
            Retry = new RetryConfig { Attempts = 2, On = RetryOn.GatewayError, Backoff = TimeSpan.FromMilliseconds(1) },
        }))
        {
            Assert.Equal(200, (await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        Assert.Equal(2, tries);
        Assert.Single(mirror.Seen);
    }

    /// <summary>mirror.t "mirror off" and its log.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task RouteWithoutMirror_IsNotCopied(LoopKind kind)
    {
        using var primary = new Witness();
        using var mirror = new Witness();
        await using (var rig = new ProxyRig(kind, primary.Address, mirror.Address, route => route with { Mirrors = [] }))
        {
            Assert.Equal(200, (await rig.SendAsync("GET /off HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        Assert.Empty(mirror.Seen);
    }

    /// <summary>mirror.t "mirror many" and its log: the copies leave in the order of the mirrors.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ManyMirrors_GetTheirCopiesInOrder(LoopKind kind)
    {
        using var primary = new Witness();
        using var mirror = new Witness();
        string[] names = ["first", "second", "third"];
        await using (var rig = new ProxyRig(kind, primary.Address, mirror.Address, config: OneConnection, route: route => route with
        {
            Mirrors = [.. names.Select(name => new MirrorConfig { Name = name, Cluster = "shadow" })],
        }))
        {
            Assert.Equal(200, (await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        Assert.Equal(names, mirror.Seen.Select(copy => copy["x-parallax-shadow"]));
    }

    /// <summary>mirror_proxy.t "mirror proxy", "mirror_request_body" (the client's half), "log - request body", "log - request body in
    /// mirror" and "log - mirror_request_body off".</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Body_IsTheSameOnBothLegs(LoopKind kind)
    {
        using var primary = new Witness();
        using var mirror = new Witness();
        await using (var rig = new ProxyRig(kind, primary.Address, mirror.Address))
        {
            Assert.Equal(200, (await rig.SendAsync(Post)).Status);
        }

        Assert.Equal(("1234567890", "1234567890"), (Assert.Single(primary.Seen).Text, Assert.Single(mirror.Seen).Text));
    }

    /// <summary>mirror_proxy.t "mirror delay": a mirror that takes its time delays neither the request nor the next one on the connection,
    /// and is not stuck itself.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task SlowMirror_DelaysNobody(LoopKind kind)
    {
        var copies = new CopyLog();
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var primary = new Witness();
        using var mirror = new TestServer(async wire =>
        {
            while (await wire.ReadAsync() is not null)
            {
                await answer.Task;
                await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var rig = new ProxyRig(kind, primary.Address, mirror.Address, options: copies.In);
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 3; time++)
        {
            await client.WriteAsync(Post.Replace("HTTP/1.0\r\n", "HTTP/1.1\r\n", StringComparison.Ordinal));
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }

        answer.SetResult();
        for (var time = 0; time < 3; time++)
        {
            Assert.Equal(200, (await copies.NextAsync()).Outcome.Status);
        }
    }

    private static ProxyConfig OneConnection(ProxyConfig config) => config with
    {
        Clusters = [.. config.Clusters.Select(cluster => cluster with { ConnectionPool = new() { MaxConnections = 1 } })],
    };
}
