using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Clusters;

/// <summary>A primary's TLS connection that ends without close_notify, as anybody on the way could end it: where that end is the body's,
/// the response is not whole (RFC 9112 §9.8); where the message tells its own end, nobody minds.</summary>
public sealed class TlsTruncationTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string ToTheEnd = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc";
    private const string Counted = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
    private const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

    private static readonly X509Certificate2 Certificate = SelfSigned();

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task BodyToAnEndNobodySaid_BreaksForTheClient_AndIsCounted(LoopKind kind)
    {
        using var primary = Primary(ToTheEnd, saysGoodbye: false);
        var isBroken = new TaskCompletionSource<bool>();
        await using var rig = Rig(kind, primary, isBroken);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            await client.ReadHeadAsync();
            await client.ReadToEndAsync();
        });
        Assert.True(await isBroken.Task);
        Assert.Equal(1, rig.Account.Broken);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task BodyToAnEndThatWasSaid_IsWhole(LoopKind kind)
    {
        using var primary = Primary(ToTheEnd, saysGoodbye: true);
        var isBroken = new TaskCompletionSource<bool>();
        await using var rig = Rig(kind, primary, isBroken);
        Assert.Equal("abc", (await rig.SendAsync(Get)).Text);
        Assert.False(await isBroken.Task);
        Assert.Equal(0, rig.Account.Broken);
    }

    [Theory]
    [InlineData(LoopKind.Epoll, Counted)]
    [InlineData(LoopKind.Managed, Counted)]
    [InlineData(LoopKind.Epoll, Chunked)]
    [InlineData(LoopKind.Managed, Chunked)]
    public async Task BehindAWholeMessage_TheEndNeedNotBeSaid(LoopKind kind, string response)
    {
        using var primary = Primary(response, saysGoodbye: false);
        await using var rig = Rig(kind, primary, new TaskCompletionSource<bool>());
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 3; time++)
        {
            await client.WriteAsync(Get);
            var readEvent = (await client.ReadAsync())!;
            Assert.Equal((200, true), (readEvent.Status, readEvent.Text.Contains("abc", StringComparison.Ordinal)));
        }

        Assert.Equal((0, 0), (rig.Account.Broken, rig.Account.Retries));
        Assert.Equal(3, primary.Accepted);
    }

    // Answers once on each connection and ends it.
    private static TestServer Primary(string response, bool saysGoodbye) => new(async wire =>
    {
        await using var stream = new SslStream(wire.Stream);
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = Certificate });
        await stream.ReadAtLeastAsync(new byte[1 << 14], Get.Length);
        await stream.WriteAsync(System.Text.Encoding.Latin1.GetBytes(response));
        if (saysGoodbye)
        {
            await stream.ShutdownAsync();
        }

        wire.End();
        await wire.ReadToEndAsync();
    });

    private static ProxyRig Rig(LoopKind kind, TestServer primary, TaskCompletionSource<bool> isBroken) => new(
        kind,
        primary.Address,
        config: config => config with
        {
            Clusters = [config.Clusters[0] with { Tls = new ClusterTlsConfig { ServerName = "a.test", VerifiesCertificate = false } }],
        },
        options: options => options with { Observer = (in AccessEntry entry) => isBroken.TrySetResult(entry.IsBroken) });

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=a.test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
