using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Sources;

/// <summary>Where a source puts its packets.</summary>
/// <remarks>Thread safety: one source calls one sink, on the source's thread. The octets are valid during a call only.</remarks>
public abstract class PacketSink
{
    /// <summary>A packet from its link layer on.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="link">Which header comes first.</param>
    /// <param name="originalLength">Octets the packet had before the snap length cut it.</param>
    /// <param name="time">When it was seen.</param>
    public abstract void OnPacket(ReadOnlySpan<byte> octets, LinkType link, int originalLength, Timestamp time);

    /// <summary>The payload of a UDP datagram that carries a tunnelled packet.</summary>
    /// <param name="datagram">Tunnel header first.</param>
    /// <param name="tunnel">Which tunnel the port stands for.</param>
    /// <param name="sender">Who sent the datagram, outermost.</param>
    /// <param name="time">When the kernel took it in.</param>
    public abstract void OnDatagram(ReadOnlySpan<byte> datagram, Tunnel tunnel, NetworkAddress sender, Timestamp time);

    /// <summary>A batch ends, or nothing came for a while. Work that was put together for the batch may go out now.</summary>
    /// <param name="now">Time on the clock that stamps the packets; not known when only the packets tell it.</param>
    public abstract void OnBatchEnd(Timestamp now);
}
