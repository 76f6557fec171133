using Parallax.TestKit;

namespace Parallax.Capture.Tests.Pipeline;

/// <summary>Connections that a load balancer begins with a PROXY header.</summary>
public sealed class ProxyHeaderTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private const string Version2 = "\r\n\r\n\0\r\nQUIT\n";
    private const string Addresses = "\xC6\x33\x64\x07\x0A\0\0\x02\xC8\x22\0\x50";

    public static TheoryData<string, string> Headers => new()
    {
        { "PROXY TCP4 198.51.100.7 10.0.0.2 51234 80\r\n", "198.51.100.7:51234" },
        { "PROXY TCP6 2001:db8::7 2001:db8::2 51234 80\r\n", "2001:db8::7:51234" },
        { "PROXY UNKNOWN\r\n", "10.0.0.1:40000" },
        { $"{Version2}\x21\x11\0\x0C{Addresses}", "198.51.100.7:51234" },
        { $"{Version2}\x21\x11\0\xC8{Addresses}{new string('x', 188)}", "198.51.100.7:51234" },
        { $"{Version2}\x20\0\0\0", "10.0.0.1:40000" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void Header_AnySplit_IsPassedOverAndSaysWhoTheClientIs(string header, string client)
    {
        for (var split = 1; split <= header.Length; split++)
        {
            var script = new FlowScript().Handshake().Client(header[..split]).Client(header[split..] + Get).Server(Ok)
                .Client(Get).Server(Ok);
            var tap = Tap.Watch(script.Fin());
            Assert.Equal(["GET /a > 200 [ok]", "GET /a > 200 [ok]"], tap.Exchanges);
            Assert.Equal([client, client], tap.Clients);
            Assert.Equal((1, 0), (tap.Counters.ProxiedConnections, tap.Counters.Malformed));
        }
    }

    [Theory]
    [InlineData("PROPFIND /a HTTP/1.1\r\n\r\n")]
    [InlineData("\r\n\r\nGET /a HTTP/1.1\r\n\r\n")]
    [InlineData("POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("PROXY /a HTTP/1.1\r\n\r\n")]
    public void RequestThatBeginsLikeAHeader_AnySplit_IsRead(string request)
    {
        for (var split = 1; split < request.Length; split++)
        {
            var tap = Tap.Watch(new FlowScript().Handshake().Client(request[..split]).Client(request[split..]).Server(Ok).Fin());
            Assert.EndsWith(" /a > 200 [ok]", Assert.Single(tap.Exchanges), StringComparison.Ordinal);
            Assert.Equal(0, tap.Counters.ProxiedConnections);
        }
    }

    [Fact]
    public void HeaderInTheMiddleOfAConnection_IsNone() => Assert.Equal(
        0, Tap.Watch(new FlowScript().Handshake().Client(Get).Server(Ok).Client("PROXY UNKNOWN\r\n").Fin()).Counters.ProxiedConnections);

    [Fact]
    public void PartOfTheHeaderLost_TheNextRequestIsFound() => Assert.Contains(
        "GET /a > 200 [ok] GapInFlow",
        Tap.Watch(new FlowScript().Handshake().Client("PROXY TCP4 198.51").Lose(1)
            .Client(".100.7 10.0.0.2 51234 80\r\n").Client(Get).Server(Ok)
            .Client(Get).Server(Ok).Fin()).Exchanges);
}
