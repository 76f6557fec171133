using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Tests.Copies;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>TLS in front of the proxy and after it.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TestCertificate _certificate = new();

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task Listener_TerminatesTls_AndPrimaryAndShadowSpeakIt()
    {
        _certificate.Renew();
        using var primary = TestServer.Echo();
        using var shadow = new Recorder();

        // The inner proxy terminates TLS before primary and shadow; the outer one speaks it to the inner one, and to its own client.
        await using var inner = new ProxyRig(LoopKind.Managed, primary.Address, shadow.Address, config: _certificate.WithTls);
        var tls = new ClusterTlsConfig { ServerName = "a.test", Authorities = _certificate.CertificateFile };
        await using var outer = new ProxyRig(LoopKind.Managed, inner.Address, inner.Address, config: config =>
            _certificate.WithTls(config) with { Clusters = [.. config.Clusters.Select(cluster => cluster with { Tls = tls })] });
        using var handler = new SocketsHttpHandler();
#pragma warning disable CA5359 // The test's own certificate.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=a.test";
#pragma warning restore CA5359
        using var client = new HttpClient(handler);
        for (var time = 0; time < 3; time++)
        {
            using var body = new StringContent("abc");
            using var response = await client.PostAsync($"https://{outer.Address}/", body, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("abc", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        // What the outer proxy mirrors is marked, so the inner one serves it and mirrors it no further.
        Assert.Equal(["https"], (await shadow.NextAsync(3)).Select(copy => copy["x-forwarded-proto"]).Distinct());
    }

    [Fact]
    public async Task Reload_ReadsCertificatesAnew_AndSendsWhatLiesBetweenThemAndTheRoot()
    {
        _certificate.Renew();
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, config: _certificate.WithTls);
        var first = await CertificateOfAsync(rig);
        await rig.Server.ReloadAsync(RoutingTable.Compile(rig.Config, ShadowHost.Suffix));
        Assert.Equal(first, await CertificateOfAsync(rig));

        _certificate.Renew();
        var authority = File.ReadAllText(_certificate.CertificateFile);
        _certificate.Renew();
        File.AppendAllText(_certificate.CertificateFile, "\n" + authority);
        await rig.Server.ReloadAsync(RoutingTable.Compile(rig.Config, ShadowHost.Suffix));
        var second = await CertificateOfAsync(rig);
        Assert.NotEqual(first, second);

        File.WriteAllText(_certificate.CertificateFile, "no certificate");
        await Assert.ThrowsAnyAsync<CryptographicException>(
            () => rig.Server.ReloadAsync(RoutingTable.Compile(rig.Config, ShadowHost.Suffix)));
        Assert.Equal(second, await CertificateOfAsync(rig));
    }

    [Fact]
    public async Task Shadow_IsTrustedByTheAuthoritiesOfItsCluster()
    {
        _certificate.Renew();
        using var primary = TestServer.Echo();
        using var after = TestServer.Echo();
        await using var shadow = new ProxyRig(LoopKind.Managed, after.Address, config: _certificate.WithTls);
        var tls = new ClusterTlsConfig { ServerName = "a.test", Authorities = _certificate.CertificateFile };
        await using var rig = new ProxyRig(LoopKind.Managed, primary.Address, shadow.Address, config: config => config with
        {
            Clusters = [.. config.Clusters.Select(cluster => cluster.Name == "shadow" ? cluster with { Tls = tls } : cluster)],
        });
        Assert.Equal(200, (await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        await rig.Server.DrainAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(1, rig.Account.Shadows.Sum(account => account.AnsweredByClass[2]));
    }

    [Fact]
    public async Task Reload_ShowsThePrimaryTheNewCertificateOfOurs()
    {
        _certificate.Renew();
        var shown = new ConcurrentQueue<string>();
        using var identity = X509Certificate2.CreateFromPemFile(_certificate.CertificateFile, _certificate.KeyFile);
        using var primary = new TestServer(async wire =>
        {
            await using var stream = new SslStream(wire.Stream);
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificate = identity,
                ClientCertificateRequired = true,
#pragma warning disable CA5359 // The test looks at it itself.
                RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
            });
            shown.Enqueue(stream.RemoteCertificate!.GetSerialNumberString());
            await stream.ReadExactlyAsync(new byte[4]);
            await stream.WriteAsync("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"u8.ToArray());
        });
        await using var rig = new ProxyRig(LoopKind.Managed, primary.Address, config: config => config with
        {
            Clusters = [config.Clusters[0] with { Tls = Ours with { VerifiesCertificate = false } }],
        });
        Assert.Equal(204, (await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        _certificate.Renew();
        rig.Clusters.Apply(rig.Config);
        await rig.Server.ReloadAsync(RoutingTable.Compile(rig.Config, ShadowHost.Suffix));
        Assert.Equal(204, (await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.Equal(2, shown.Distinct().Count());
    }

    [Fact]
    public void Apply_WithACertificateThatIsNone_ChangesNothing_AndUndoTakesBackWhatItChanged()
    {
        _certificate.Renew();
        var before = ProxyRig.ConfigOf(TestServer.Nobody(), null, same => same);
        var after = before with { Clusters = [before.Clusters[0] with { Tls = Ours }] };
        var clusters = new ClusterSet();
        clusters.Apply(before);
        var plain = clusters.Find("primary");
        clusters.Apply(after);
        Assert.NotSame(plain, clusters.Find("primary"));
        clusters.Undo();
        Assert.Same(plain, clusters.Find("primary"));

        File.WriteAllText(_certificate.CertificateFile, "no certificate");
        Assert.ThrowsAny<CryptographicException>(() => clusters.Apply(after));
        clusters.Undo();
        Assert.Same(plain, clusters.Find("primary"));
    }

    private ClusterTlsConfig Ours => new()
    {
        CertificateFile = _certificate.CertificateFile,
        PrivateKeyFile = _certificate.KeyFile,
    };

    [Fact]
    public async Task Drain_AwaitsAConnectionThatIsStillShakingHands()
    {
        _certificate.Renew();
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, config: _certificate.WithTls);
        using var early = new TcpClient();
        await early.ConnectAsync(rig.Address, TestContext.Current.CancellationToken);

        // Connections are accepted in their order.
        await CertificateOfAsync(rig);
        var draining = rig.Server.DrainAsync(TimeSpan.FromSeconds(30));
        Assert.False(draining.IsCompleted);
#pragma warning disable CA5359 // The test's own certificate.
        await using var stream = new SslStream(early.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync("a.test");
        Assert.Equal(0, await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        await draining;
        Assert.Equal((2, 0), (rig.Account.Connections, rig.Account.OpenConnections));
    }

    [Fact]
    public async Task Client_WhoseCertificateNamesWhereItsIssuerIs_IsTurnedAway_AndNothingIsFetched()
    {
        _certificate.Renew();
        using var chain = new UnfinishedChain();
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, config: config =>
        {
            var listener = _certificate.WithTls(config).Listeners[0];
            var server = listener.Servers[0];
            server = server with { Tls = server.Tls! with { ClientAuthorities = _certificate.CertificateFile } };
            return config with { Listeners = [listener with { Servers = [server] }] };
        });
        using var socket = new TcpClient();
        await socket.ConnectAsync(rig.Address, TestContext.Current.CancellationToken);
#pragma warning disable CA5359 // The test's own certificate.
        await using var stream = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "a.test", ClientCertificateContext = chain.Shown },
                TestContext.Current.CancellationToken);
            await stream.ReadExactlyAsync(new byte[1], TestContext.Current.CancellationToken);
        });
        Assert.False(chain.IsFetched);
    }

    [Fact]
    public async Task Primary_WhoseCertificateNamesWhereItsIssuerIs_IsNotTrusted_AndNothingIsFetched()
    {
        using var chain = new UnfinishedChain();
        using var primary = new TestServer(async wire =>
        {
            await using var stream = new SslStream(wire.Stream);
            await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = chain.Shown });
        });
        await using var rig = new ProxyRig(LoopKind.Managed, primary.Address, config: config => config with
        {
            Clusters = [config.Clusters[0] with { Tls = new ClusterTlsConfig { ServerName = "localhost" } }],
        });
        Assert.Equal(503, (await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        Assert.False(chain.IsFetched);
    }

    private static async Task<string> CertificateOfAsync(ProxyRig rig)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(rig.Address, TestContext.Current.CancellationToken);
#pragma warning disable CA5359 // The test's own certificate.
        await using var stream = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await stream.AuthenticateAsClientAsync("a.test");
        return stream.RemoteCertificate!.GetSerialNumberString();
    }
}
