using System.Text;
using Parallax.Wire.ProxyProtocol;

namespace Parallax.Wire.Tests.ProxyProtocol;

public class ProxyHeaderReaderTests
{
    private const string Signature = "0D0A0D0A000D0A515549540A";

    private const string TcpOverIPv4 = Signature + "21" + "11" + "000C" + "C6336407" + "0A000002" + "C822" + "0050";

    private const string TcpOverIPv6 = Signature + "21" + "21" + "0024"
        + "20010DB8000000000000000000000007" + "20010DB8000000000000000000000002" + "C822" + "01BB";

    [Theory]
    [InlineData("PROXY TCP4 198.51.100.7 10.0.0.2 51234 80\r\n", "198.51.100.7", 51234, "10.0.0.2", 80)]
    [InlineData("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "255.255.255.255", 65535, "255.255.255.255", 65535)]
    [InlineData("PROXY TCP6 2001:db8::7 ::1 1 0\r\n", "2001:db8::7", 1, "::1", 0)]
    public void TryRead_Version1_GivesBothEnds(string line, string source, int sourcePort, string destination, int destinationPort)
    {
        var status = ProxyHeaderReader.TryRead(Encoding.ASCII.GetBytes(line + "GET / HTTP/1.1"), out var header, out var length);

        Assert.Equal(ProxyHeaderStatus.Read, status);
        Assert.Equal(line.Length, length);
        Assert.True(header.HasAddresses);
        Assert.Equal((source, sourcePort, destination, destinationPort), Ends(header));
    }

    [Theory]
    [InlineData(TcpOverIPv4, "198.51.100.7", 51234, "10.0.0.2", 80)]
    [InlineData(TcpOverIPv6, "2001:db8::7", 51234, "2001:db8::2", 443)]
    public void TryRead_Version2_GivesBothEnds(string hex, string source, int sourcePort, string destination, int destinationPort)
    {
        var octets = Convert.FromHexString(hex);

        Assert.Equal(ProxyHeaderStatus.Read, ProxyHeaderReader.TryRead([.. octets, .. "GET"u8], out var header, out var length));
        Assert.Equal(octets.Length, length);
        Assert.True(header.HasAddresses);
        Assert.Equal((source, sourcePort, destination, destinationPort), Ends(header));
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n")]
    [InlineData("PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n")]
    public void TryRead_Unknown_HasNoAddresses(string line)
    {
        Assert.Equal(ProxyHeaderStatus.Read, ProxyHeaderReader.TryRead(Encoding.ASCII.GetBytes(line), out var header, out var length));
        Assert.False(header.HasAddresses);
        Assert.Equal(line.Length, length);
    }

    [Theory]
    [InlineData("20" + "00" + "0000", 16)]
    [InlineData("20" + "11" + "000C" + "C63364070A000002C8220050", 28)]
    [InlineData("21" + "00" + "0000", 16)]
    [InlineData("21" + "12" + "000C" + "C63364070A000002C8220050", 28)]
    [InlineData("21" + "31" + "00D8", 232)]
    public void TryRead_LocalUnspecifiedUdpOrUnix_HasNoAddresses(string rest, int expected)
    {
        var status = ProxyHeaderReader.TryRead(Convert.FromHexString(Signature + rest), out var header, out var length);

        Assert.Equal(ProxyHeaderStatus.Read, status);
        Assert.False(header.HasAddresses);
        Assert.Equal(expected, length);
    }

    [Fact]
    public void TryRead_Extensions_ArePassedOverUnread()
    {
        var octets = Convert.FromHexString(TcpOverIPv4);
        octets[14] = 0xFF;
        octets[15] = 0xFF;

        Assert.Equal(ProxyHeaderStatus.Read, ProxyHeaderReader.TryRead(octets, out var header, out var length));
        Assert.Equal("198.51.100.7", header.Source.ToString());
        Assert.Equal(16 + 0xFFFF, length);
    }

    [Theory]
    [InlineData("PROXY TCP4 198.51.100.7 10.0.0.2 51234 80\n\r\n")]
    [InlineData("PROXY TCP4 198.51.100.7 10.0.0.2 51234\r\n")]
    [InlineData("PROXY TCP4 198.51.100.7 10.0.0.2 51234 80 \r\n")]
    [InlineData("PROXY TCP4  198.51.100.7 10.0.0.2 51234 80\r\n")]
    [InlineData("PROXY TCP4 198.51.100.7 10.0.0.2 65536 80\r\n")]
    [InlineData("PROXY TCP4 198.51.100.7 10.0.0.2 051 80\r\n")]
    [InlineData("PROXY TCP4 198.51.100.7 10.0.0.2 -1 80\r\n")]
    [InlineData("PROXY TCP4 198.51.7 10.0.0.2 51234 80\r\n")]
    [InlineData("PROXY TCP4 ::1 ::1 51234 80\r\n")]
    [InlineData("PROXY TCP6 198.51.100.7 10.0.0.2 51234 80\r\n")]
    [InlineData("PROXY TCP6 fe80::1%1 ::1 51234 80\r\n")]
    [InlineData("PROXY UNKNOWNS\r\n")]
    public void TryRead_Version1AgainstTheRules_IsMalformed(string line) =>
        Assert.Equal(ProxyHeaderStatus.Malformed, ProxyHeaderReader.TryRead(Encoding.ASCII.GetBytes(line), out _, out _));

    [Theory]
    [InlineData("11" + "11" + "000C" + "C63364070A000002C8220050")]
    [InlineData("22" + "11" + "000C" + "C63364070A000002C8220050")]
    [InlineData("21" + "41" + "0000")]
    [InlineData("21" + "13" + "0000")]
    [InlineData("21" + "11" + "000B" + "C63364070A000002C82200")]
    [InlineData("21" + "21" + "000C" + "C63364070A000002C8220050")]
    public void TryRead_Version2AgainstTheRules_IsMalformed(string rest) =>
        Assert.Equal(ProxyHeaderStatus.Malformed, ProxyHeaderReader.TryRead(Convert.FromHexString(Signature + rest), out _, out _));

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("PROPFIND / HTTP/1.1\r\n")]
    [InlineData("PROXY / HTTP/1.1\r\n")]
    [InlineData("PROXY TCP / HTTP/1.1\r\n")]
    [InlineData("\r\n\r\nGET / HTTP/1.1\r\n")]
    [InlineData("\u0016\u0003\u0001")]
    public void TryRead_AnythingElse_IsAbsent(string text) =>
        Assert.Equal(ProxyHeaderStatus.Absent, ProxyHeaderReader.TryRead(Encoding.ASCII.GetBytes(text), out _, out _));

    [Theory]
    [InlineData("50524F58592054435034203139382E35312E3130302E372031302E302E302E322035313233342038300D0A")]
    [InlineData("50524F585920554E4B4E4F574E0D0A")]
    [InlineData(TcpOverIPv4)]
    [InlineData(TcpOverIPv6)]
    public void TryRead_EveryPrefix_NeedsMore(string hex)
    {
        var octets = Convert.FromHexString(hex);
        for (var length = 0; length < octets.Length; length++)
        {
            Assert.Equal(ProxyHeaderStatus.NeedMore, ProxyHeaderReader.TryRead(octets.AsSpan(0, length), out _, out var read));
            Assert.Equal(0, read);
        }
    }

    [Fact]
    public void TryRead_LineWithoutEnd_IsMalformedAtTheLongest()
    {
        var octets = Encoding.ASCII.GetBytes("PROXY UNKNOWN " + new string('a', 200));

        Assert.Equal(ProxyHeaderStatus.NeedMore,
            ProxyHeaderReader.TryRead(octets.AsSpan(0, ProxyHeaderReader.MaxNeeded - 1), out _, out _));
        Assert.Equal(ProxyHeaderStatus.Malformed, ProxyHeaderReader.TryRead(octets.AsSpan(0, ProxyHeaderReader.MaxNeeded), out _, out _));
    }

    [Fact]
    public void TryRead_RandomOctets_NeverThrowsAndNeverWaitsBeyondItsBound()
    {
        var random = new Random(1);
        var alphabets = new[] { "PROXY TCP46UNKNOWN .:0123\r\n"u8.ToArray(), Convert.FromHexString(TcpOverIPv6) };
        var octets = new byte[ProxyHeaderReader.MaxNeeded];
        for (var i = 0; i < 20_000; i++)
        {
            var start = alphabets[i % 2];
            random.GetItems(start, octets);
            start.AsSpan(0, random.Next(start.Length)).CopyTo(octets);
            Assert.NotEqual(ProxyHeaderStatus.NeedMore, ProxyHeaderReader.TryRead(octets, out _, out _));
        }
    }

    private static (string Source, int SourcePort, string Destination, int DestinationPort) Ends(ProxyHeader header) =>
        (header.Source.ToString(), header.SourcePort, header.Destination.ToString(), header.DestinationPort);
}
