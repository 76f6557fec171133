using System.Text;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Tests.Serving;

namespace Parallax.Proxy.Tests.Requests;

/// <summary>Several servers at one TLS port: the handshake chooses, and nothing of one holds for another.</summary>
public sealed class ServersBySniTests : IDisposable
{
    private const string One = "one.example.com";
    private const string Two = "two.example.com";
    private const string Other = "other.example.com";

    private readonly TestAuthorities _authorities = new();

    public ServersBySniTests()
    {
        _authorities.Add("one", One);
        _authorities.Add("two", Two);
        _authorities.Add("three", "*.example.com", "example.com");
    }

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    public void Dispose() => _authorities.Dispose();

    /// <summary>One authority's clients must not reach what another's are for.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task TwoMutualServers_EachTakeTheClientsOfTheirOwnAuthority(LoopKind kind)
    {
        await using var rig = new SniRig(kind, _authorities, Mutual("one", One) + Mutual("two", Two));
        var (first, second) = (_authorities.Client("one"), _authorities.Client("two"));

        Assert.Equal("200 one", await rig.CallAsync(One, One, first));
        Assert.Equal("200 two", await rig.CallAsync(Two, Two, second));
        Assert.Equal("refused", await rig.CallAsync(One, One, second));
        Assert.Equal("refused", await rig.CallAsync(Two, Two, first));
        Assert.Equal("refused", await rig.CallAsync(One, One));
        Assert.Equal("421, closed", await rig.CallAsync(Two, One, second));
        Assert.Equal("421, closed", await rig.CallAsync(One, Two, first));
        Assert.Equal(2, rig.Account.AnsweredHereFor[(int)LocalReason.Misdirected]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task SimpleMutualAndOptional_LiveOnOnePort(LoopKind kind)
    {
        await using var rig = new SniRig(
            kind, _authorities, Simple("one", One) + Mutual("two", Two) + Optional("three", Other));
        var (second, third) = (_authorities.Client("two"), _authorities.Client("three"));

        Assert.Equal("200 one", await rig.CallAsync(One, One));
        Assert.Equal("200 one", await rig.CallAsync(One, One, third));
        Assert.Equal("refused", await rig.CallAsync(Two, Two));
        Assert.Equal("200 two", await rig.CallAsync(Two, Two, second));
        Assert.Equal("200 three", await rig.CallAsync(Other, Other));
        Assert.Equal("200 three", await rig.CallAsync(Other, Other, third));
        Assert.Equal("refused", await rig.CallAsync(Other, Other, second));
        Assert.Equal("421, closed", await rig.CallAsync(One, Two));
    }

    /// <summary>However the other server's host is written, it is that server's.</summary>
    [Theory]
    [InlineData(Two, "/")]
    [InlineData(Two + ":443", "/")]
    [InlineData("TWO.Example.COM", "/")]
    [InlineData(Two + ".", "/")]
    [InlineData(Two + ".:8443", "/")]
    [InlineData(One, "https://" + Two + "/")]
    [InlineData(One, "http://TWO.example.com.:80/")]
    public async Task HostOfAnotherServer_IsMisdirected(string host, string target)
    {
        await using var rig = new SniRig(LoopKind.Epoll, _authorities, Simple("one", One) + Mutual("two", Two));

        Assert.Equal("421, closed", await rig.CallAsync(One, host, target: target));
    }

    [Theory]
    [InlineData(One + ":443", "/")]
    [InlineData("ONE.example.com", "/")]
    [InlineData(One + ".", "/")]
    [InlineData(Two, "https://" + One + "/")]
    public async Task HostOfTheServer_IsServed_HoweverItIsWritten(string host, string target)
    {
        await using var rig = new SniRig(LoopKind.Epoll, _authorities, Simple("one", One) + Mutual("two", Two));

        Assert.Equal("200 one", await rig.CallAsync("One.EXAMPLE.com", host, target: target));
    }

    /// <summary>The most specific name wins, for the handshake and for the authority alike.</summary>
    [Theory]
    [InlineData(One, One, "200 one")]
    [InlineData("a.example.com", "a.example.com", "200 two")]
    [InlineData("a.b.example.com", "a.b.example.com", "200 two")]
    [InlineData("a.example.com", "b.example.com", "200 two")]
    [InlineData("example.com", "example.com", "200 three")]
    [InlineData("", "example.org", "200 three")]
    [InlineData("a.example.com", One, "421, closed")]
    [InlineData(One, "a.example.com", "421, closed")]
    [InlineData("example.org", "a.example.com", "421, closed")]
    [InlineData("a.example.com", "example.org", "421, closed")]
    [InlineData("", One, "421, closed")]
    public async Task MaxSpecificName_Wins(string sni, string host, string outcome)
    {
        await using var rig = new SniRig(
            LoopKind.Epoll, _authorities, Simple("three", "'*'") + Simple("two", "'*.example.com'") + Simple("one", One));

        Assert.Equal(outcome, await rig.CallAsync(sni, host));
    }

    [Theory]
    [InlineData("")]
    [InlineData("example.org")]
    [InlineData("a.one.example.com")]
    [InlineData("xn--e1afmkfd.example.com")]
    public async Task ServerNameThatNobodyHas_IsRefusedCountedAndLogged(string sni)
    {
        var logged = new TaskCompletionSource<(string?, string)>();
        await using var rig = new SniRig(
            LoopKind.Managed,
            _authorities,
            Simple("one", One) + Simple("two", Two),
            options => options with
            {
                Observer = (in AccessEntry entry) => logged.TrySetResult((entry.Reason, Encoding.ASCII.GetString(entry.Authority))),
            });

        Assert.Equal("refused", await rig.CallAsync(sni, One));
        Assert.Equal(("unknown-server-name", sni), await logged.Task.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Equal(1, rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.UnknownServerName]);
    }

    [Fact]
    public async Task HostThatNobodyHas_IsNotFound()
    {
        await using var rig = new SniRig(LoopKind.Epoll, _authorities, Simple("one", One) + Simple("two", Two));

        Assert.Equal("404", await rig.CallAsync(One, "example.org"));
    }

    /// <summary>Names are encoded on the wire and in documents, but SslStream tells them decoded.</summary>
    [Fact]
    public async Task InternationalName_IsFound()
    {
        const string Name = "xn--e1afmkfd.example.com";
        await using var rig = new SniRig(LoopKind.Epoll, _authorities, Simple("one", One) + Simple("two", Name));

        Assert.Equal("200 two", await rig.CallAsync(Name, Name));
    }

    /// <summary>Among a server's certificates the one that names the host is shown, then a wildcard's, then the first.</summary>
    [Theory]
    [InlineData(Two, "CN=two")]
    [InlineData("TWO.example.com", "CN=two")]
    [InlineData(Other, "CN=three")]
    [InlineData("a.b.example.com", "CN=one")]
    public async Task CertificateOfTheMostSpecificName_IsShown(string sni, string subject)
    {
        await using var rig = new SniRig(
            LoopKind.Epoll,
            _authorities,
            SniRig.Server("one", "'*.example.com'", "{mode: SIMPLE, credentialNames: [one, three, two]}"));
        using var wire = await rig.ConnectAsync();
        await using var stream = await SniRig.HandshakeAsync(wire, sni);

        Assert.Equal(subject, stream.RemoteCertificate!.Subject);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Reload_MovesAHost_AndItsConnectionsGoByTheServerThatHasItNow(LoopKind kind)
    {
        await using var rig = new SniRig(kind, _authorities, Simple("one", One) + Mutual("two", Two));
        using var wire = await rig.ConnectAsync();
        await using var stream = await SniRig.HandshakeAsync(wire, One);
        Assert.Equal("200 one", await SniRig.SendAsync(stream, One));

        await rig.ReloadAsync(Simple("three", One) + Mutual("two", Two));
        Assert.Equal("200 three", await SniRig.SendAsync(stream, One));

        await rig.ReloadAsync(Simple("three", Other) + Mutual("two", $"{Two}, {One}"));
        Assert.Equal("421, closed", await SniRig.SendAsync(stream, One));
    }

    [Fact]
    public async Task Reload_WithoutTheServer_EndsItsConnections()
    {
        await using var rig = new SniRig(LoopKind.Epoll, _authorities, Simple("one", One) + Simple("two", Two));
        using var wire = await rig.ConnectAsync();
        await using var stream = await SniRig.HandshakeAsync(wire, One);
        await rig.ReloadAsync(Simple("two", Two));

        Assert.Equal("421, closed", await SniRig.SendAsync(stream, One));
    }

    [Theory]
    [InlineData(true, "200 one")]
    [InlineData(false, "421, closed")]
    public async Task Reload_WithOtherAuthorities_KeepsWhomTheyWouldLetIn(bool isTrusted, string outcome)
    {
        await using var rig = new SniRig(LoopKind.Epoll, _authorities, Mutual("one", One) + Mutual("two", Two));
        using var wire = await rig.ConnectAsync();
        var client = _authorities.Client("two");
        _authorities.Trust("one", "two");
        await rig.ReloadAsync(Mutual("one", One) + Mutual("two", Two));
        await using var stream = await SniRig.HandshakeAsync(wire, One, client);
        Assert.Equal("200 one", await SniRig.SendAsync(stream, One));

        _authorities.RenewAuthority("one");
        if (isTrusted)
        {
            _authorities.Trust("one", "two");
        }

        await rig.ReloadAsync(Mutual("one", One) + Mutual("two", Two));
        Assert.Equal(outcome, await SniRig.SendAsync(stream, One));
    }

    [Theory]
    [InlineData(true, "421, closed")]
    [InlineData(false, "200 one")]
    public async Task Reload_ThatAsksForCertificatesAgain_JudgesThoseThatWereShown(bool isRenewed, string outcome)
    {
        await using var rig = new SniRig(LoopKind.Epoll, _authorities, Mutual("one", One) + Mutual("two", Two));
        using var wire = await rig.ConnectAsync();
        await using var stream = await SniRig.HandshakeAsync(wire, One, _authorities.Client("one"));
        await rig.ReloadAsync(Simple("one", One) + Mutual("two", Two));
        Assert.Equal("200 one", await SniRig.SendAsync(stream, One));
        if (isRenewed)
        {
            _authorities.RenewAuthority("one");
        }

        await rig.ReloadAsync(Mutual("one", One) + Mutual("two", Two));
        Assert.Equal(outcome, await SniRig.SendAsync(stream, One));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ListenersOfTheGatewayApi_AreServersOfTheirOwn(LoopKind kind)
    {
        await using var rig = new SniRig(kind, _authorities, GatewayApi);

        Assert.Equal("200 one", await rig.CallAsync(One, One));
        Assert.Equal("200 two", await rig.CallAsync(Two, Two));
        Assert.Equal("200 three", await rig.CallAsync("example.org", "example.org"));
        Assert.Equal("200 three", await rig.CallAsync("", "example.org"));
        Assert.Equal("421, closed", await rig.CallAsync(One, Two));
        Assert.Equal("421, closed", await rig.CallAsync("example.org", One));
    }

    private static string Simple(string name, string host) =>
        SniRig.Server(name, host, $"{{mode: SIMPLE, credentialName: {name}}}");

    private static string Mutual(string name, string host) =>
        SniRig.Server(name, host, $"{{mode: MUTUAL, credentialName: {name}}}");

    private static string Optional(string name, string host) =>
        SniRig.Server(name, host, $"{{mode: OPTIONAL_MUTUAL, credentialName: {name}}}");

    private static string GatewayApi => """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: gw}
        spec:
          gatewayClassName: parallax
          listeners:
          - {name: one, port: 443, protocol: HTTPS, hostname: one.example.com, tls: {certificateRefs: [{name: one}]}}
          - {name: two, port: 443, protocol: HTTPS, hostname: '*.example.com', tls: {certificateRefs: [{name: two}]}}
          - {name: three, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: three}]}}

        """ + string.Concat(new[] { "one", "two", "three" }.Select(name => $$"""
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: {{name}}}
        spec:
          parentRefs: [{name: gw, sectionName: {{name}}}]
          rules: [{backendRefs: [{name: {{name}}, port: 80}]}]

        """));
}
