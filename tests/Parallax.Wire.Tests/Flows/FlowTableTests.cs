using Parallax.TestKit;
using Parallax.Wire.Flows;

namespace Parallax.Wire.Tests.Flows;

public sealed class FlowTableTests
{
    private const string Get = "GET / HTTP/1.1\r\n";

    [Fact]
    public void Add_InOrder_DeliversBothHalvesAndEnds()
    {
        var seen = FlowRecorder.Run(new FlowScript().Handshake().Client(Get).Server("200").Fin().Segments);
        Assert.Equal(Get + "$", seen.Client);
        Assert.Equal("200$", seen.Server);
        Assert.Equal([FlowEnd.Closed], seen.Ends);
    }

    [Fact]
    public void Add_PacketsWithoutTimeStamp_CloseTheirFlowOnce()
    {
        var script = new FlowScript().Handshake().Client(Get).Fin().ClientAck().Segments;
        Assert.Equal([FlowEnd.Closed], FlowRecorder.Run(script.Select(segment => segment with { Time = default })).Ends);
    }

    [Fact]
    public void Add_OnePacketFarAhead_EndsNoFlow()
    {
        var script = new FlowScript().Handshake().Client("ab").Client("cd").Client("ef").Fin().Segments;
        var ahead = script[4] with { Time = new(script[4].Time.Nanoseconds + 3_600_000_000_000) };
        var seen = FlowRecorder.Run([.. script.Take(4), ahead, .. script.Skip(5)]);
        Assert.Equal("abcdef$", seen.Client);
        Assert.Equal([FlowEnd.Closed], seen.Ends);
    }

    [Fact]
    public void Add_TwoPacketsFarAhead_TimeHasPassed()
    {
        var first = new FlowScript().Handshake().Client("ab").Segments;
        var second = new FlowScript(FlowEndpoints.Numbered(1)).Handshake().Client("cd").Segments;
        var later = second.Select(segment => segment with { Time = new(segment.Time.Nanoseconds + 3_600_000_000_000) });
        Assert.Equal([FlowEnd.Idle, FlowEnd.CaptureEnded], FlowRecorder.Run([.. first, .. later]).Ends);
    }

    [Fact]
    public void Finish_AfterAFlood_FewFlowsAreKept()
    {
        var table = new FlowTable(new(), new FlowRecorder());
        for (var n = 0; n < 20_000; n++)
        {
            table.Add(new FlowScript(FlowEndpoints.Numbered(n)).Handshake().Segments[0].ToSegment());
        }

        table.Finish();
        Assert.Equal(16_384, table.Spare);
    }

    [Fact]
    public void Add_LateDuplicateOfAClosedFlow_IsNoOtherFlow()
    {
        var script = new FlowScript().Handshake().Client(Get).Fin().Segments;
        var late = script[3] with { Time = new(script[^1].Time.Nanoseconds + 10_000_000_000) };
        Assert.Equal([FlowEnd.Closed], FlowRecorder.Run([.. script, late]).Ends);
    }

    [Fact]
    public void Add_SequenceWrapsInTheData_IsDelivered()
    {
        var script = new FlowScript(clientStart: uint.MaxValue - 3).Handshake().Client("abc").Client("defgh").Fin();
        var seen = FlowRecorder.Run(script.Segments);
        Assert.Equal("abcdefgh$", seen.Client);
    }

    [Fact]
    public void Add_EveryOrderOfFourSegments_SameOctets()
    {
        var script = new FlowScript { MaxSegmentOctets = 3 }.Handshake().Client("abcdefghijkl").Segments;
        foreach (var order in Permutations([3, 4, 5, 6]))
        {
            var seen = FlowRecorder.Run([.. script.Take(3), .. order.Select(i => script[i])]);
            Assert.Equal("abcdefghijkl", seen.Client);
        }
    }

    [Fact]
    public void Add_EveryOrderWithoutSyn_SameOctets()
    {
        var script = new FlowScript { MaxSegmentOctets = 3 }.Client("abcdefghijkl").Segments;
        foreach (var order in Permutations([0, 1, 2, 3]))
        {
            Assert.Equal("abcdefghijkl", FlowRecorder.Run(order.Select(i => script[i])).Flows.Single().Half(Direction.Forward).ToString());
        }
    }

    [Fact]
    public void Add_SynComesAfterData_DataIsNotAnotherFlow()
    {
        var script = new FlowScript().Handshake().Client("ab").Client("cd").Segments;
        var seen = FlowRecorder.Run([script[3], script[0], script[1], script[4]]);
        Assert.Equal("abcd", seen.Client);
        Assert.Single(seen.Flows);
    }

    [Fact]
    public void Add_Retransmission_IsDeliveredOnce()
    {
        var seen = FlowRecorder.Run(new FlowScript().Handshake().Client("ab").Again().Client("cd").Again().Segments);
        Assert.Equal("abcd", seen.Client);
        Assert.Equal(2, seen.Table.Counters.OldSegments);
    }

    [Fact]
    public void Add_OverlapWithOtherOctets_FirstCopyWinsAndIsCounted()
    {
        var script = new FlowScript().Handshake().Client("ab").Client("cd").Client("ef").Segments;
        var other = script[4] with { Payload = "XY"u8.ToArray() };
        var seen = FlowRecorder.Run([.. script.Take(3), script[4], other, script[3], script[5]]);
        Assert.Equal("abcdef", seen.Client);
        Assert.Equal(1, seen.Table.Counters.ConflictingSegments);
    }

    // What fills the gap goes on over what is held.
    [Fact]
    public void Add_GapFilledWithOtherOctetsThanThoseHeld_FirstCopyWinsAndIsCounted()
    {
        var script = new FlowScript().Handshake().Client("ab").Client("cd").Client("ef").Segments;
        var both = script[3] with { Payload = "abXY"u8.ToArray() };
        var seen = FlowRecorder.Run([.. script.Take(3), script[4], both, script[5]]);
        Assert.Equal("abcdef", seen.Client);
        Assert.Equal(1, seen.Table.Counters.ConflictingSegments);
    }

    [Fact]
    public void Add_KeepAliveProbe_IsNotData()
    {
        var script = new FlowScript().Handshake().Client("ab").Segments;
        var probe = script[3] with { Sequence = script[3].Sequence + 1, Payload = [0] };
        Assert.Equal("ab", FlowRecorder.Run([.. script, probe]).Client);
    }

    [Fact]
    public void Add_DataInSyn_IsDelivered()
    {
        var script = new FlowScript().Handshake().Segments;
        Assert.Equal("hello", FlowRecorder.Run([script[0] with { Payload = "hello"u8.ToArray() }, .. script.Skip(1)]).Client);
    }

    [Fact]
    public void Finish_LostSegment_LeavesAGapOfItsSize()
    {
        var seen = FlowRecorder.Run(new FlowScript().Handshake().Client("ab").Lose(1).Client("cdef").Client("gh").Fin().Segments);
        Assert.Equal("ab????gh$", seen.Client);
        Assert.Equal(4, seen.Table.Counters.LostOctets);
    }

    [Fact]
    public void Advance_AcknowledgedGap_IsGivenUpWithoutFurtherPackets()
    {
        var script = new FlowScript().Handshake().Lose(1).Client("ab").Client("cd").ServerAck().Segments;
        var seen = FlowRecorder.Run(script, finish: false);
        Assert.Empty(seen.Flows);
        seen.Table.Advance(new(script[^1].Time.Nanoseconds + 100_000_000));
        seen.Table.Advance(new(script[^1].Time.Nanoseconds + 400_000_000));
        Assert.Equal("??cd", seen.Client);
    }

    [Fact]
    public void Advance_GapFilledInTime_IsNoGap()
    {
        var script = new FlowScript().Handshake().Client("ab").Client("cd").ServerAck().Segments;
        var seen = FlowRecorder.Run([.. script.Take(3), script[4], script[5], script[3]]);
        Assert.Equal("abcd", seen.Client);
        Assert.Equal(0, seen.Table.Counters.Gaps);
    }

    [Fact]
    public void Add_OctetsCutBySnapLength_AreAGapInTheirPlace()
    {
        var script = new FlowScript().Handshake().Client("abcd").Client("ef").Segments;
        var cut = script[3] with { Payload = "ab"u8.ToArray(), MissingOctets = 2 };
        var seen = FlowRecorder.Run([.. script.Take(3), cut, script[4]]);
        Assert.Equal("ab??ef", seen.Client);
    }

    [Fact]
    public void Add_PortReused_IsAnotherFlow()
    {
        var first = new FlowScript().Handshake().Client("first").Segments;
        var second = new FlowScript(clientStart: 90_000, serverStart: 70_000).Handshake().Client("second").Segments;
        var seen = FlowRecorder.Run([.. first, .. second]);
        Assert.Equal(["first", "second"], seen.Flows.Select(flow => flow.Text(true)));
        Assert.Contains(FlowEnd.Replaced, seen.Ends);
    }

    [Fact]
    public void Add_MirroredAtBothEnds_CountsOnce()
    {
        var one = new FlowScript { Vni = 7 }.Handshake().Client(Get).Server("200").Fin().Segments;
        var both = one.SelectMany(segment => new[] { segment, segment with { Vni = 8 } });
        var seen = FlowRecorder.Run(both);
        Assert.Equal(Get + "$", seen.Client);
        Assert.Equal("200$", seen.Server);
    }

    [Fact]
    public void Add_TwoTenantsWithTheSameAddresses_AreTwoFlows()
    {
        var one = new FlowScript { Vni = 7 }.Handshake().Client("one").Segments;
        var two = new FlowScript(clientStart: 2_000_000_000, serverStart: 3_000_000_000) { Vni = 8 }.Handshake().Client("two").Segments;
        var seen = FlowRecorder.Run(one.Zip(two, (a, b) => new[] { a, b }).SelectMany(pair => pair));
        Assert.Equal(["one", "two"], seen.Flows.Select(flow => flow.Text(true)));
    }

    [Fact]
    public void Add_SameAddressesInTwoVlans_AreTwoFlows()
    {
        var one = new FlowScript { Vlans = 0x1007 }.Handshake().Client("one").Segments;
        var two = new FlowScript { Vlans = 0x1008 }.Handshake().Client("two").Segments;
        var seen = FlowRecorder.Run(one.Zip(two, (a, b) => new[] { a, b }).SelectMany(pair => pair));
        Assert.Equal(["one", "two"], seen.Flows.Select(flow => flow.Text(true)));
    }

    [Fact]
    public void Add_MoreFlowsThanTheLimit_EvictsTheSilentOnesFirst()
    {
        var talking = new FlowScript(FlowEndpoints.Numbered(0)).Handshake().Client("ab").Segments;
        var later = new FlowScript(FlowEndpoints.Numbered(0)).Handshake().Client("ab").Client("cd").Segments[^1];
        var flood = Enumerable.Range(1, 50).Select(n => new FlowScript(FlowEndpoints.Numbered(n)).Handshake().Segments[0]);
        var seen = FlowRecorder.Run([.. talking, .. flood, later], new FlowLimits { MaxFlows = 10 });
        Assert.Equal("abcd", seen.Flows.Single().Text(true));
        Assert.Equal(41, seen.Table.Counters.Ended(FlowEnd.Evicted));
    }

    [Fact]
    public void Add_HeldBytesBeyondTheBound_GivesUpTheGap()
    {
        var script = new FlowScript { MaxSegmentOctets = 100 }.Handshake().Lose(1).Client(new byte[100]).Client(new byte[5_000]).Segments;
        var seen = FlowRecorder.Run(script, new FlowLimits { MaxHeldBytesPerHalf = 1_000 }, finish: false);
        Assert.Equal(100, seen.Table.Counters.LostOctets);
        Assert.Equal(1, seen.Table.Counters.GapsForcedByBounds);
        Assert.Equal(5_000, seen.Table.Counters.DeliveredOctets);
        Assert.Equal(0, seen.Table.Counters.HeldBytes);
    }

    [Fact]
    public void Advance_IdleFlows_AreForgotten()
    {
        var script = new FlowScript().Handshake().Client("ab").Segments;
        var seen = FlowRecorder.Run(script, finish: false);
        seen.Table.Advance(new(script[^1].Time.Nanoseconds + 301_000_000_000));
        Assert.Equal([FlowEnd.Idle], seen.Ends);
        Assert.Equal(0, seen.Table.Counters.Flows);
    }

    [Fact]
    public void Add_ResetWithText_TextIsNoData()
    {
        var script = new FlowScript().Handshake().Client("ab").ServerReset().Segments;
        var seen = FlowRecorder.Run([.. script.SkipLast(1), script[^1] with { Payload = "go away"u8.ToArray() }]);
        Assert.Equal([FlowEnd.Reset], seen.Ends);
        Assert.Equal("", seen.Server);
    }

    private static IEnumerable<int[]> Permutations(int[] items) => items.Length <= 1
        ? [items]
        : items.SelectMany(first => Permutations([.. items.Where(item => item != first)]).Select(rest => (int[])[first, .. rest]));
}
