using Parallax.Cli.Demo;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Cli.Tests.Demo;

public class TcpFrameTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(777)]
    [InlineData(TcpFrame.MaxPayload)]
    public void Write_AnySegment_DecodesToTheSame(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        var frame = new byte[TcpFrame.HeaderLength + TcpFrame.MaxPayload];
        var written = TcpFrame.Write(frame, SegmentWith(payload));

        var status = new PacketDecoder().TryDecode(frame.AsSpan(0, written), LinkType.Ethernet, new Timestamp(1), written, out var read);

        Assert.Equal(DecodeStatus.Ok, status);
        Assert.Equal(payload, read.Payload.ToArray());
        Assert.Equal((4_000_000_000u, 7u, TcpFlags.Ack | TcpFlags.Psh), (read.SequenceNumber, read.AcknowledgmentNumber, read.Flags));
        Assert.Equal((40_000, 80), (read.SourcePort, read.DestinationPort));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(TcpFrame.MaxPayload)]
    public void Write_AnySegment_ChecksumsComeOut(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        var frame = new byte[TcpFrame.HeaderLength + TcpFrame.MaxPayload];
        var written = TcpFrame.Write(frame, SegmentWith(payload));

        // Over header and checksum the ones' complement sum is all ones; TCP's covers addresses, protocol and length, too.
        Assert.Equal(0xFFFF, Fold(Sum(frame.AsSpan(14, 20))));
        Assert.Equal(0xFFFF, Fold(Sum(frame.AsSpan(26, 8)) + 6 + written - 34 + Sum(frame.AsSpan(34, written - 34))));
    }

    private static TcpSegment SegmentWith(ReadOnlySpan<byte> payload) => new()
    {
        Source = NetworkAddress.FromIPv4(0x0A00_0114),
        SourcePort = 40_000,
        Destination = NetworkAddress.FromIPv4(0xC0A8_FF50),
        DestinationPort = 80,
        SequenceNumber = 4_000_000_000,
        AcknowledgmentNumber = 7,
        Flags = TcpFlags.Ack | TcpFlags.Psh,
        Payload = payload,
    };

    private static long Sum(ReadOnlySpan<byte> octets)
    {
        var sum = 0L;
        for (var i = 0; i < octets.Length; i++)
        {
            sum += (i & 1) == 0 ? octets[i] << 8 : octets[i];
        }

        return sum;
    }

    private static long Fold(long sum) => sum > 0xFFFF ? Fold((sum >> 16) + (sum & 0xFFFF)) : sum;
}
