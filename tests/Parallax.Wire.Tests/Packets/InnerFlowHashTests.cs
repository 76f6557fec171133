using Parallax.Wire.Packets;

namespace Parallax.Wire.Tests.Packets;

public sealed class InnerFlowHashTests
{
    private static readonly NetworkAddress A = NetworkAddress.FromIPv4(0x0A000001);
    private static readonly NetworkAddress B = NetworkAddress.FromIPv4(0x0A000002);

    [Fact]
    public void Of_BothDirections_IsTheSame() =>
        Assert.Equal(InnerFlowHash.Of(A, 1000, B, 80), InnerFlowHash.Of(B, 80, A, 1000));

    [Fact]
    public void Of_PortsSwappedBetweenHosts_Differs() =>
        Assert.NotEqual(InnerFlowHash.Of(A, 1000, B, 80), InnerFlowHash.Of(A, 80, B, 1000));

    [Fact]
    public void Of_NetworkIdentifiers_DoNotMatter()
    {
        var one = new TcpSegment { Source = A, Destination = B, SourcePort = 1, DestinationPort = 2, Vni = 5, Vlans = 0x1005 };
        var other = new TcpSegment { Source = B, Destination = A, SourcePort = 2, DestinationPort = 1, Vni = 6 };
        Assert.Equal(InnerFlowHash.Of(one), InnerFlowHash.Of(other));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(48)]
    public void Of_ConsecutivePorts_SpreadEvenlyOverShards(int shards)
    {
        const int flows = 48_000;
        var counts = new int[shards];
        for (var i = 0; i < flows; i++)
        {
            counts[InnerFlowHash.Of(A, (ushort)(1024 + i), B, 80) % (uint)shards]++;
        }

        Assert.All(counts, count => Assert.InRange(count, flows / shards * 0.85, flows / shards * 1.15));
    }
}
