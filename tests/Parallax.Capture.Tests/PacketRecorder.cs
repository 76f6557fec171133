using Parallax.Capture.Sources;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests;

/// <summary>Keeps what a source delivers.</summary>
/// <remarks>Thread safety: one source.</remarks>
internal sealed class PacketRecorder : PacketSink
{
    /// <summary>The octets of the packets.</summary>
    public List<byte[]> Packets { get; } = [];

    public int Datagrams { get; private set; }

    public int Batches { get; private set; }

    public override void OnPacket(ReadOnlySpan<byte> octets, LinkType link, int originalLength, Timestamp time) =>
        Packets.Add(octets.ToArray());

    public override void OnDatagram(ReadOnlySpan<byte> datagram, Tunnel tunnel, NetworkAddress sender, Timestamp time) => Datagrams++;

    public override void OnBatchEnd(Timestamp now) => Batches++;
}
