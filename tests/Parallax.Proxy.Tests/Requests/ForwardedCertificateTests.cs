using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Tests.Copies;
using Parallax.Proxy.Tests.Serving;

namespace Parallax.Proxy.Tests.Requests;

/// <summary>What primaries and shadows are told of a client's certificate.</summary>
public sealed class ForwardedCertificateTests
{
    [Fact]
    public void Value_IsWhatEnvoyWrites()
    {
        using var certificate = Certificate("CN=client, OU=shop, O=Example", names =>
        {
            names.AddUri(new Uri("spiffe://example.com/client"));
            names.AddDnsName("a.example.com");
            names.AddDnsName("b.example.com");
        });
        var value = Encoding.ASCII.GetString(ForwardedCertificate.ValueOf(certificate));

        var hash = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));
        Assert.StartsWith($"Hash={hash};Cert=\"-----BEGIN%20CERTIFICATE-----%0A", value, StringComparison.Ordinal);
        Assert.EndsWith(
            "-----END%20CERTIFICATE-----%0A\";Subject=\"CN=client,OU=shop,O=Example\";URI=spiffe://example.com/client"
            + ";DNS=a.example.com;DNS=b.example.com",
            value,
            StringComparison.Ordinal);
        var pem = Uri.UnescapeDataString(value.Split('"')[1]);
        Assert.Equal(certificate.RawData, X509Certificate2.CreateFromPem(pem).RawData);
    }

    [Fact]
    public void Value_OfACertificateWithoutNames_SaysSo()
    {
        using var certificate = Certificate("", _ => { });

        Assert.EndsWith(
            "\";Subject=\"\";URI=", Encoding.ASCII.GetString(ForwardedCertificate.ValueOf(certificate)), StringComparison.Ordinal);
    }

    /// <summary>Nothing in a certificate can end the part it stands in, or the header line.</summary>
    [Theory]
    [InlineData("CN=\"a\"\";Subject=\"\"CN=admin\"", "CN=a\\\"\\;Subject=\\\"CN=admin")]
    [InlineData("CN=\" a, b \"", "CN=\\ a\\, b\\ ")]
    [InlineData("CN=\"#a\\b\"", "CN=\\#a\\\\b")]
    [InlineData("CN=\u00e9\U0001F600", "CN=\\C3\\A9\\F0\\9F\\98\\80")]
    [InlineData("CN=\"a\r\nb\"", "CN=a\\0D\\0Ab")]
    public void Subject_IsEscaped(string subject, string escaped)
    {
        using var certificate = Certificate(subject, names => names.AddDnsName("a"));
        var value = Encoding.ASCII.GetString(ForwardedCertificate.ValueOf(certificate));

        Assert.EndsWith($"%0A\";Subject=\"{escaped}\";URI=;DNS=a", value, StringComparison.Ordinal);
    }

    [Fact]
    public void Uri_ThatWouldBeTwoParts_IsQuoted()
    {
        using var certificate = Certificate("CN=a", names => names.AddUri(new Uri("spiffe://a/b;Subject=c")));

        Assert.EndsWith(
            ";URI=\"spiffe://a/b;Subject=c\"",
            Encoding.ASCII.GetString(ForwardedCertificate.ValueOf(certificate)),
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ProxyRig.Loops), MemberType = typeof(ProxyRig))]
    public async Task PrimaryAndShadow_AreToldOfIt_WhateverTheClientSays(LoopKind kind)
    {
        using var authorities = new TestAuthorities();
        authorities.Add("one", "one.example.com");
        using var primary = new Recorder();
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, config: config => config with
        {
            Listeners = [config.Listeners[0] with { Servers = [Mutual(config.Listeners[0].Servers[0], authorities.Folder)] }],
        });
        using var wire = await rig.ConnectAsync();
        var client = authorities.Client("one");
        await using var stream = await SniRig.HandshakeAsync(wire, "one.example.com", client);
        await stream.WriteAsync(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Client-Cert: Hash=00\r\nx-forwarded-client-cert: Hash=11\r\n\r\n"u8.ToArray(),
            TestContext.Current.CancellationToken);

        var expected = Encoding.ASCII.GetString(ForwardedCertificate.ValueOf(client));
        Assert.Equal([expected], (await primary.NextAsync(1))[0].Values("x-forwarded-client-cert"));
        Assert.Equal([expected], (await shadow.NextAsync(1))[0].Values("x-forwarded-client-cert"));
    }

    private static ServerConfig Mutual(ServerConfig server, string folder) => server with
    {
        Tls = new ServerTlsConfig
        {
            Certificates = [new CertificateConfig(Path.Combine(folder, "one.crt"), Path.Combine(folder, "one.key"))],
            ClientAuthorities = Path.Combine(folder, "one-cacert.crt"),
        },
    };

    private static X509Certificate2 Certificate(string subject, Action<SubjectAlternativeNameBuilder> name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        name(names);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }
}
