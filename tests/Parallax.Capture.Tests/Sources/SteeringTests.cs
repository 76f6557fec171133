using Parallax.Capture.Sources;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests.Sources;

/// <summary>Flows chosen so that they should all go to one shard.</summary>
public sealed class SteeringTests
{
    private const int Shards = 4;
    private const int Flows = 4_000;

    private static readonly NetworkAddress Server = NetworkAddress.FromIPv4(0x0A00_0001);

    [Fact]
    public void AddressesAndPorts_WhoseDifferencesCancel_Spread() =>
        AssertSpread(at => (NetworkAddress.FromIPv4((uint)at), (ushort)at, Server, 0));

    [Fact]
    public void AddressesWithOneDifference_Spread() =>
        AssertSpread(at => (NetworkAddress.FromIPv4((uint)at), 1, NetworkAddress.FromIPv4((uint)at ^ 0x0505_0505), 1));

    [Fact]
    public void PortsWithOneDifference_Spread() => AssertSpread(at => (Server, (ushort)at, Server, (ushort)(at ^ 0x0101)));

    [Fact]
    public void IPv6WithOneFold_Spread() =>
        AssertSpread(at => (new NetworkAddress((ulong)at, (ulong)at), 1, new NetworkAddress(1, 1), 1));

    private static void AssertSpread(Func<int, (NetworkAddress, ushort, NetworkAddress, ushort)> flowOf)
    {
        var counts = new int[Shards];
        for (var at = 0; at < Flows; at++)
        {
            var (source, sourcePort, destination, destinationPort) = flowOf(at);
            var there = Segment(source, sourcePort, destination, destinationPort);
            var back = Segment(destination, destinationPort, source, sourcePort);
            Assert.Equal(Steering.ShardOf(there, Shards), Steering.ShardOf(back, Shards));
            counts[Steering.ShardOf(there, Shards)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, Flows / Shards / 2, Flows / Shards * 2));
    }

    private static TcpSegment Segment(NetworkAddress source, ushort sourcePort, NetworkAddress destination, ushort destinationPort) => new()
    {
        Source = source,
        SourcePort = sourcePort,
        Destination = destination,
        DestinationPort = destinationPort,
    };
}
