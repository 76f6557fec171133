using System.Net;
using System.Text;
using Parallax.Wire.Packets;

namespace Parallax.Wire.Tests.Packets;

public sealed class NetworkAddressTests
{
    private static readonly byte[] Mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4];

    [Fact]
    public void FromIPv6_MappedAddress_IsNotTheIPv4Address()
    {
        var mapped = NetworkAddress.FromIPv6(Mapped);
        Assert.NotEqual(NetworkAddress.FromIPv4(0x01020304), mapped);
        Assert.Equal((false, "::ffff:1.2.3.4"), (mapped.IsIPv4, mapped.ToString()));
    }

    [Fact]
    public void FromSocket_MappedAddress_IsTheIPv4Address() =>
        Assert.Equal(NetworkAddress.FromIPv4(0x01020304), NetworkAddress.FromSocket(Mapped));

    [Theory]
    [InlineData("1.2.3.4", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("::1", false)]
    [InlineData("2001:db8::1", false)]
    public void From_Address_ComesBackTheSame(string text, bool isIPv4)
    {
        var address = NetworkAddress.From(IPAddress.Parse(text));
        Assert.Equal((text, isIPv4), (address.ToString(), address.IsIPv4));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("1.2.3.4")]
    [InlineData("203.0.113.255")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("2001:db8::1")]
    [InlineData("2001:db8:1111:2222:3333:4444:5555:6666")]
    public void TryFormat_IsTheTextOfToString(string text)
    {
        var address = NetworkAddress.From(IPAddress.Parse(text));
        Span<byte> written = stackalloc byte[45];
        Assert.True(address.TryFormat(written, out var length));
        Assert.Equal(address.ToString(), Encoding.ASCII.GetString(written[..length]));
        Assert.False(address.TryFormat(written[..(length - 1)], out _));
    }
}
