using Parallax.TestKit;
using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Wire.Tests.Flows;

/// <summary>Numbers that no real connection shows, and what they did or could have done.</summary>
public sealed class HostileFlowTests
{
    [Fact]
    public void Add_AllStampsZero_ListsStayWhole()
    {
        var script = Enumerable.Range(0, 20)
            .SelectMany(n => new FlowScript(FlowEndpoints.Numbered(n % 5), clientStart: 1_000u * (uint)n)
                .Handshake().Client("ab").Fin().Segments)
            .Select(segment => segment with { Time = default });
        var seen = FlowRecorder.Run(script);
        Assert.Equal(0, seen.Table.Counters.Flows);
        Assert.All(seen.Flows, flow => Assert.Equal("ab$", flow.Text(true)));
    }

    /// <summary>One address pair under very many virtual networks is one chain, which every packet of them walks along.</summary>
    [Fact]
    public void Add_OneConnectionUnderThousandsOfVnis_KeepsTheLatest()
    {
        var seen = FlowRecorder.Run(
            Enumerable.Range(1, 2_000).Select(vni =>
                new FlowScript(clientStart: (uint)vni << 20).Handshake().Segments[0] with { Vni = vni }),
            finish: false);
        Assert.Equal(64, seen.Table.Counters.Flows);
        Assert.Equal(2_000 - 64, seen.Ends.Count(end => end == FlowEnd.Evicted));
    }

    [Fact]
    public void Add_RecordClaimsTwoGigabytesCutOff_IsAGapOfAMegabyte()
    {
        var script = new FlowScript().Handshake().Client("ab").Segments;
        var seen = FlowRecorder.Run([.. script.SkipLast(1), script[^1] with { MissingOctets = int.MaxValue }]);
        Assert.Equal(1 << 20, seen.Table.Counters.LostOctets);
    }

    [Fact]
    public void Add_AcknowledgmentFarAhead_IsNoGap()
    {
        var script = new FlowScript().Handshake().Client("ab").ServerAck().Client("cd").Segments;
        var wild = script[4] with { Acknowledgment = script[4].Acknowledgment + 0x7000_0000 };
        var seen = FlowRecorder.Run([.. script.Take(4), wild, script[5]]);
        Assert.Equal("abcd", seen.Client);
        Assert.Equal(0, seen.Table.Counters.LostOctets);
    }

    [Fact]
    public void Add_ThreeGigabytesBehindTheLastAcknowledgment_AreNoGap()
    {
        var start = new FlowScript().Handshake().Client("a").ServerAck().Segments;
        var table = new FlowTable(new(), new IgnoringConsumer());
        var octets = new byte[1 << 20];
        foreach (var segment in start)
        {
            table.Add(segment.ToSegment());
        }

        var next = start[3].ToSegment();
        next.SequenceNumber++;
        next.Payload = octets;
        for (var i = 0; i < 3_000; i++)
        {
            next.Timestamp = new(next.Timestamp.Nanoseconds + 10_000_000);
            table.Add(next);
            next.SequenceNumber += (uint)octets.Length;
        }

        Assert.Equal(0, table.Counters.LostOctets);
        Assert.Equal((3_000L << 20) + 1, table.Counters.DeliveredOctets);
    }

    [Fact]
    public void Add_FinInFrontOfSeenOctets_DoesNotEndTheHalf()
    {
        var script = new FlowScript().Handshake().Client("abcd").Client("ef").Segments;
        var old = script[3] with { Payload = [], Flags = TcpFlags.Fin | TcpFlags.Ack, Sequence = script[3].Sequence + 2 };
        Assert.Equal("abcdef", FlowRecorder.Run([.. script.Take(4), old, script[4]]).Client);
    }

    [Fact]
    public void Add_LimitReachedWithClosedFlows_TheyEndAsClosed()
    {
        var script = Enumerable.Range(0, 50)
            .SelectMany(n => new FlowScript(FlowEndpoints.Numbered(n)).Handshake().Client("a").Fin().Segments);
        var seen = FlowRecorder.Run(script, new FlowLimits { MaxFlows = 10 });
        Assert.Equal(50, seen.Table.Counters.Ended(FlowEnd.Closed));
    }

    [Fact]
    public void Add_HeldBytesOfAllFlowsBeyondTheBound_TheOldestGapGoesFirst()
    {
        var flood = Enumerable.Range(1, 200).Select(n => WithGap(n).Segments).ToList();
        var late = WithGap(0).Segments;
        var filling = late[3] with { Sequence = late[3].Sequence - 4, Payload = "abcd"u8.ToArray(), Time = flood[^1][^1].Time };
        ScriptedSegment[] all = [.. flood.SelectMany(each => each), .. late, filling];
        var limits = new FlowLimits { MaxHeldBytes = 20_000 };
        var seen = FlowRecorder.Run(all, limits, finish: false);
        Assert.InRange(seen.Table.Counters.HeldBytes, 1, limits.MaxHeldBytes);
        Assert.StartsWith("abcd", seen.Flows.Single(flow => !flow.Text(true).StartsWith('?')).Text(true), StringComparison.Ordinal);
        Assert.True(seen.Table.Counters.GapsForcedByBounds >= 90);
    }

    [Fact]
    public void Add_AnswerSeenUnderTheOtherVniFirst_IsOneFlow()
    {
        var script = new FlowScript { Vni = 7 }.Handshake().Client("ab").Server("cd").Segments;
        var seen = FlowRecorder.Run([script[0], script[1] with { Vni = 8 }, .. script.Skip(1), script[3] with { Vni = 8 }]);
        Assert.Equal("ab", seen.Client);
        Assert.Equal(1, seen.Table.Counters.Begun);
    }

    [Fact]
    public void Add_FourThousandHeldSegmentsFilledAtOnce_AllAreDelivered()
    {
        var script = new FlowScript { MaxSegmentOctets = 1 }.Handshake().Client(new string('a', 4_000)).Segments;
        var seen = FlowRecorder.Run([.. script.Take(3), .. script.Skip(4).Reverse(), script[3]]);
        Assert.Equal(4_000, seen.Client.Length);
        Assert.Equal(0, seen.Table.Counters.HeldBytes);
    }

    private static FlowScript WithGap(int n) =>
        new FlowScript(FlowEndpoints.Numbered(n)).Handshake().Lose(1).Client("abcd").Client(new string('x', 128));

    private sealed class IgnoringConsumer : FlowConsumer
    {
        public override void OnOctets(Flow flow, Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
        {
        }

        public override void OnGap(Flow flow, Direction direction, int octets)
        {
        }

        public override void OnHalfEnded(Flow flow, Direction direction)
        {
        }

        public override void OnFlowEnded(Flow flow, FlowEnd reason)
        {
        }
    }
}
