using System.Net;
using System.Net.Sockets;
using Parallax.Cli.Demo;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Cli.Tests.Demo;

public sealed class TappedFlowTests : IDisposable
{
    private readonly UdpClient _receiver = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly PacketDecoder _decoder = new();

    public void Dispose() => _receiver.Dispose();

    [Fact]
    public void Flow_RequestAndEnd_IsSeenAsTcpSegmentsInVxlan()
    {
        using var session = new MirrorSession(4242, (IPEndPoint)_receiver.Client.LocalEndPoint!, path: null);
        var flow = new TappedFlow(session, clientPort: 50_000);
        flow.Octets(Side.Client, new byte[TcpFrame.MaxPayload + 1]);
        flow.Fin(Side.Client);

        Assert.Equal(
            [
                "c Syn +0", "s Syn, Ack +0", "c Ack +0",
                $"c Ack +{TcpFrame.MaxPayload}", "c Psh, Ack +1", "s Ack +0",
                "c Fin, Ack +0", "s Ack +0",
            ],
            Enumerable.Range(0, (int)session.Packets).Select(_ => Receive()));
    }

    [Fact]
    public void Flow_AnyOctets_NumbersFollowEachOther()
    {
        using var session = new MirrorSession(1, (IPEndPoint)_receiver.Client.LocalEndPoint!, path: null);
        var flow = new TappedFlow(session, clientPort: 50_000);
        flow.Octets(Side.Client, new byte[10]);
        flow.Octets(Side.Server, new byte[20]);

        var numbers = new List<(uint Sequence, uint Acknowledgment)>();
        for (var i = 0; i < session.Packets; i++)
        {
            Receive((in TcpSegment segment) => numbers.Add((segment.SequenceNumber, segment.AcknowledgmentNumber)));
        }

        var (client, server) = (numbers[0].Sequence, numbers[1].Sequence);
        Assert.Equal((server, client + 1), numbers[1]);
        Assert.Equal((client + 1, server + 1), numbers[3]);
        Assert.Equal((server + 1, client + 11), numbers[4]);
        Assert.Equal((client + 11, server + 21), numbers[6]);
    }

    private delegate void SegmentReader(in TcpSegment segment);

    private string Receive(SegmentReader? read = null)
    {
        IPEndPoint? sender = null;
        var status = _decoder.TryDecodeVxlan(_receiver.Receive(ref sender), new Timestamp(1), out var segment);
        Assert.Equal(DecodeStatus.Ok, status);
        read?.Invoke(segment);
        return $"{(segment.SourcePort == 80 ? 's' : 'c')} {segment.Flags} +{segment.Payload.Length}";
    }
}
