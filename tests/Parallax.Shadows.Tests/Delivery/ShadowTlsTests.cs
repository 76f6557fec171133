using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Parallax.Shadows.Clients;
using Parallax.TestKit;

namespace Parallax.Shadows.Tests.Delivery;

public sealed class ShadowTlsTests
{
    [Fact]
    public async Task Offer_Https_IsAnswered()
    {
        using var server = TlsServer();
        await using var rig = Rig(server, verifies: false);
        rig.Get();
        rig.Get();
        Assert.Equal("200 200", await rig.Say(2));
    }

    [Fact]
    public async Task Offer_CertificateNotTrusted_IsTlsFailed()
    {
        using var server = TlsServer();
        await using var rig = Rig(server, verifies: true);
        rig.Get();
        Assert.Equal("tls-failed", await rig.Say());
    }

    [Fact]
    public async Task Offer_ServerSpeaksNoTls_IsTlsFailed()
    {
        using var server = new TestServer(async peer =>
        {
            await peer.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            await peer.HangAsync();
        });
        await using var rig = Rig(server, verifies: false);
        rig.Get();
        Assert.Equal("tls-failed", await rig.Say());
    }

    [Theory]
    [InlineData(true, "tls-failed")]
    [InlineData(false, "200")]
    public async Task Offer_CertificateThatNamesWhereItsIssuerIs_FetchesNothing(bool verifies, string said)
    {
        using var chain = new UnfinishedChain();
        using var server = TlsServer(chain.Shown);
        await using var rig = Rig(server, verifies);
        rig.Get();
        Assert.Equal(said, await rig.Say());
        Assert.False(chain.IsFetched);
    }

    [Theory]
    [InlineData(true, "200")]
    [InlineData(false, "closed-early")]
    public async Task Offer_AnswerToTheEndOfTheConnection_IsWholeWhenThatEndWasSaid(bool saysGoodbye, string said)
    {
        using var server = TlsServer(NewContext(), "HTTP/1.1 200 OK\r\n\r\nabc", async stream =>
        {
            if (saysGoodbye)
            {
                await stream.ShutdownAsync();
            }
        });
        await using var rig = Rig(server, verifies: false);
        rig.Get();
        Assert.Equal(said, await rig.Say());
    }

    private static ShadowRig Rig(TestServer server, bool verifies) => new(
        LoopKind.Managed,
        server.Address,
        options => options with { VerifiesCertificate = verifies },
        new ServerUrl(true, "localhost", server.Address.Port, $"localhost:{server.Address.Port}"));

    private static TestServer TlsServer() => TlsServer(NewContext());

    private static SslStreamCertificateContext NewContext()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        return SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
    }

    // With something to do after the first answer it ends the connection after that.
    private static TestServer TlsServer(
        SslStreamCertificateContext shown,
        string answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        Func<SslStream, Task>? goodbye = null) => new(async peer =>
    {
        await using var stream = new SslStream(peer.Stream);
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = shown });
        using var reader = new StreamReader(stream, Encoding.Latin1);
        while (await reader.ReadLineAsync() is { } line)
        {
            if (line.Length == 0)
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes(answer));
                if (goodbye is not null)
                {
                    await goodbye(stream);
                    return;
                }
            }
        }
    });
}
