using System.Net;
using System.Net.Sockets;
using Parallax.Capture.Sources;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests.Sources;

public sealed class SenderFilterTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.255.0.1", "11.0.0.1")]
    [InlineData("10.1.2.3", "10.1.2.3", "10.1.2.4")]
    [InlineData("10.1.2.3/8", "10.9.2.3", "11.1.2.3")]
    [InlineData("0.0.0.0/0", "203.0.113.9", "::1")]
    [InlineData("fd00::/8", "fdff::1", "fe00::1")]
    [InlineData("2001:db8:0:1::/64", "2001:db8:0:1:ffff::", "2001:db8:0:2::")]
    [InlineData("2001:db8::/65", "2001:db8::7fff:0:0:1", "2001:db8::8000:0:0:1")]
    [InlineData("::1", "::1", "::2")]
    [InlineData("::/0", "2001:db8::1", "192.0.2.1")]
    [InlineData("::ffff:10.0.0.0/104", "10.9.9.9", "11.9.9.9")]
    public void Allows_InsideAndOutside(string network, string inside, string outside)
    {
        Assert.True(SenderFilter.TryParse([network], out var filter, out _));
        Assert.True(filter!.Allows(NetworkAddress.From(IPAddress.Parse(inside))));
        Assert.False(filter.Allows(NetworkAddress.From(IPAddress.Parse(outside))));
    }

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("")]
    [InlineData("staging")]
    public void TryParse_NoNetwork_NamesIt(string text)
    {
        Assert.False(SenderFilter.TryParse(["10.0.0.0/8", text], out _, out var wrong));
        Assert.Equal(text, wrong);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.0/8", "127.0.0.0/8")]
    [InlineData("0.0.0.0", "127.0.0.1", "127.0.0.0/8")]
    [InlineData("::1", "::1/128", "::/64")]
    public void Run_OtherSenders_AreCountedAndNotLookedInto(string local, string allowed, string sameFamily)
    {
        var address = IPAddress.Parse(local);
        Assert.SkipUnless(address.AddressFamily == AddressFamily.InterNetwork || Socket.OSSupportsIPv6, "needs IPv6");
        Assert.Equal((1, 0L), Receive(address, allowed));
        Assert.Equal((1, 0L), Receive(address, sameFamily));
        Assert.Equal((0, 1L), Receive(address, "192.0.2.0/24"));
    }

    private static (int Taken, long OtherSenders) Receive(IPAddress local, string allowed)
    {
        Assert.True(SenderFilter.TryParse([allowed], out var senders, out _));
        using var receiver = TunnelReceiver.Open(
            new() { Local = new(local, 0), Tunnel = Tunnel.Vxlan, Senders = senders }, TimeProvider.System);
        var target = local.Equals(IPAddress.Any) ? IPAddress.Loopback : local;
        using var sender = new UdpClient(target.AddressFamily);
        sender.Send(new byte[50], new IPEndPoint(target, receiver.LocalEndPoint.Port));
        var sink = new PacketRecorder();
        receiver.Run(sink, new CancellationToken(canceled: true));
        return (sink.Datagrams, receiver.Losses.OtherSenders);
    }
}
