using System.Buffers.Binary;
using System.Net;
using System.Text;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Serving;
using Parallax.Proxy.Tests.Copies;
using Parallax.TestKit;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>Headers of the PROXY protocol before a client's first request.</summary>
public sealed class ProxyProtocolTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string V1 = "PROXY TCP4 198.51.100.7 10.0.0.2 51234 80\r\n";

    private static readonly string V2 = Version2("198.51.100.7", extensions: 0);

    public static TheoryData<LoopKind, string> Headers => new()
    {
        { LoopKind.Epoll, V1 },
        { LoopKind.Managed, V1 },
        { LoopKind.Epoll, V2 },
        { LoopKind.Managed, V2 },
        { LoopKind.Epoll, Version2("198.51.100.7", extensions: 3) },
        { LoopKind.Epoll, Version2("198.51.100.7", extensions: 60_000) },
        { LoopKind.Managed, Version2("198.51.100.7", extensions: 60_000) },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task Header_ByDefault_IsReadAndNotBelieved(LoopKind kind, string header)
    {
        using var primary = new Recorder();
        await using var rig = new ProxyRig(kind, primary.Address);
        Assert.Equal(200, (await rig.SendAsync(header + Get)).Status);
        Assert.Equal("127.0.0.1", (await primary.NextAsync(1))[0]["x-forwarded-for"]);
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task Header_Required_NamesTheClient(LoopKind kind, string header)
    {
        using var primary = new Recorder();
        var client = "";
        await using var rig = new ProxyRig(kind, primary.Address, options: options => options with
        {
            ProxyProtocol = ProxyProtocolMode.Require,
            Observer = (in AccessEntry entry) => client = entry.Client.ToString(),
        });
        using var wire = await rig.ConnectAsync();
        await wire.WriteAsync(header);
        await wire.WriteAsync(Get);
        Assert.Equal(200, (await wire.ReadAsync())!.Status);
        await wire.WriteAsync(Get);
        Assert.Equal(200, (await wire.ReadAsync())!.Status);
        Assert.All(await primary.NextAsync(2), request => Assert.Equal("198.51.100.7", request["x-forwarded-for"]));
        Assert.Equal("198.51.100.7:51234", client);
    }

    [Fact]
    public async Task Header_OfTrustedClients_IsBelieved()
    {
        using var primary = new Recorder();
        await using var rig = new ProxyRig(
            LoopKind.Epoll, primary.Address, options: options => options with { TrustsClients = true });
        Assert.Equal(200, (await rig.SendAsync(V1 + "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")).Status);
        Assert.Equal(["192.0.2.1, 198.51.100.7"], (await primary.NextAsync(1))[0].Values("x-forwarded-for").TakeLast(1));
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN 198.51.100.7 10.0.0.2 1 2\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n\u0020\0\0\0")]
    public async Task HeaderWithoutAddresses_KeepsThoseOfTheSocket(string header)
    {
        using var primary = new Recorder();
        await using var rig = new ProxyRig(
            LoopKind.Epoll, primary.Address, options: options => options with { ProxyProtocol = ProxyProtocolMode.Require });
        Assert.Equal(200, (await rig.SendAsync(header + Get)).Status);
        Assert.Equal("127.0.0.1", (await primary.NextAsync(1))[0]["x-forwarded-for"]);
    }

    [Fact]
    public async Task Header_OfIpv6_NamesTheClient()
    {
        using var primary = new Recorder();
        await using var rig = new ProxyRig(
            LoopKind.Epoll, primary.Address, options: options => options with { ProxyProtocol = ProxyProtocolMode.Require });
        Assert.Equal(200, (await rig.SendAsync("PROXY TCP6 2001:db8::7 2001:db8::2 1 80\r\n" + Get)).Status);
        Assert.Equal("2001:db8::7", (await primary.NextAsync(1))[0]["x-forwarded-for"]);
    }

    [Theory]
    [InlineData(ProxyProtocolMode.Auto, "PROXY TCP4 a b c d\r\n" + Get)]
    [InlineData(ProxyProtocolMode.Require, Get)]
    [InlineData(ProxyProtocolMode.Require, "PROXY TCP4 198.51.100.7\r\n" + Get)]
    public async Task Refused_IsAnsweredCountedAndLogged(ProxyProtocolMode mode, string octets)
    {
        using var primary = TestServer.Echo();
        var logged = new TaskCompletionSource<(int Status, string? Reason, string Client)>();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address, options: options => options with
        {
            ProxyProtocol = mode,
            Observer = (in AccessEntry entry) => logged.TrySetResult((entry.Status, entry.Reason, entry.Client.Address.ToString())),
        });
        var answer = await rig.SendAsync(octets);
        Assert.Equal((400, "the PROXY protocol header is missing or not valid"), (answer.Status, answer.Text));
        Assert.Equal((400, "proxy-header", "127.0.0.1"), await logged.Task);
        Assert.Equal((1, 1), (rig.Account.ConnectionsRefusedFor[(int)ConnectionRefusal.ProxyHeader], rig.Account.Refused[4]));
        Assert.Equal(0, primary.Accepted);
    }

    [Fact]
    public async Task Off_TakesAHeaderForNoHttp()
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(
            LoopKind.Epoll, primary.Address, options: options => options with { ProxyProtocol = ProxyProtocolMode.Off });
        Assert.Equal(400, (await rig.SendAsync(V1 + Get)).Status);
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
    }

    /// <summary>Methods that begin as the header does, and empty lines as version 2 does.</summary>
    [Theory]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("PROXY / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task Request_OctetByOctet_IsServed(string request)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(LoopKind.Epoll, primary.Address);
        using var wire = await rig.ConnectAsync();
        foreach (var octet in request)
        {
            await wire.WriteAsync(octet.ToString());
        }

        Assert.Equal(200, (await wire.ReadAsync())!.Status);
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public void Preface_AnySplit_IsReadTheSame(LoopKind kind, string header)
    {
        Assert.True(Enum.IsDefined(kind));
        var octets = Encoding.Latin1.GetBytes(header + "GET");
        for (var split = 0; split <= Math.Min(octets.Length, 200); split++)
        {
            var preface = new ClientPreface(ProxyOptions.Default, addresses: null!);
            var status = preface.Read(octets.AsSpan(0, split), out var first);
            var second = 0;
            if (status == PrefaceStatus.NeedMore)
            {
                status = preface.Read(octets.AsSpan(first), out second);
            }

            Assert.Equal((PrefaceStatus.Over, octets.Length - 3), (status, first + second));
        }
    }

    [Fact]
    public async Task StickyByClient_GoesByTheAddressTold()
    {
        Assert.True(StickyBy.TryParse("client-ip", out var sticky, out _));
        using var primary = TestServer.Echo();
        using var shadow = new Recorder();
        await using var rig = new ProxyRig(
            LoopKind.Epoll,
            primary.Address,
            shadow.Address,
            route => route with { Mirrors = [route.Mirrors[0] with { Sampler = Sampler.OfPercent(50) }] },
            options => options with { ProxyProtocol = ProxyProtocolMode.Require, Sticky = sticky });
        for (var address = 1; address <= 64; address++)
        {
            await rig.SendAsync($"PROXY TCP4 198.51.100.{address} 10.0.0.2 51234 80\r\n{Get}");
        }

        Assert.InRange(rig.Account.Mirrors[0].Offered, 10, 54);
    }

    private static string Version2(string source, int extensions)
    {
        var octets = new byte[28 + extensions];
        "\r\n\r\n\0\r\nQUIT\n"u8.CopyTo(octets);
        (octets[12], octets[13]) = (0x21, 0x11);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(14), (ushort)(12 + extensions));
        IPAddress.Parse(source).GetAddressBytes().CopyTo(octets, 16);
        IPAddress.Parse("10.0.0.2").GetAddressBytes().CopyTo(octets, 20);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(24), 51234);
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(26), 80);
        return Encoding.Latin1.GetString(octets);
    }
}
