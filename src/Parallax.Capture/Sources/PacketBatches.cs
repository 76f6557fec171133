using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Sources;

/// <summary>Hands packets of files to a sink, when they are due, and ends a batch now and then, so that what a batch collects goes out
/// while a long file is read.</summary>
/// <remarks>Thread safety: one thread.</remarks>
internal sealed class PacketBatches(PacketSink sink, Pace? pace)
{
    private const int BatchPackets = 256;

    private int _sinceBatchEnd;

    public void Deliver(
        ReadOnlySpan<byte> octets, LinkType link, int originalLength, Timestamp time, CancellationToken cancellationToken)
    {
        if (pace?.WaitUntilDue(time, sink, cancellationToken) == false)
        {
            return; // The run ends before the packet is due.
        }

        sink.OnPacket(octets, link, originalLength, time);
        if (++_sinceBatchEnd == BatchPackets)
        {
            _sinceBatchEnd = 0;
            sink.OnBatchEnd(default);
        }
    }
}
