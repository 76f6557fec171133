using Parallax.TestKit;
using Parallax.Wire.Flows;

namespace Parallax.Wire.Tests.Flows;

/// <summary>In whatever order segments come, and however many are held or flows known, a segment costs the same.</summary>
[Collection(nameof(Costs))]
public sealed class FlowCostTests
{
    private const int Segments = 400;
    private const int Octets = 8;

    [Theory]
    [InlineData("backwards")]
    [InlineData("forwards")]
    [InlineData("inwards")]
    [InlineData("outwards")]
    [InlineData("shuffled")]
    public void Add_MoreSegmentsOutOfOrder_CostTheSameEach(string order) =>
        AssertLinear(factor => Held(order, Segments * factor, apart: 2 * Octets));

    [Fact]
    public void Add_MoreSegmentsThatOverlap_CostTheSameEach() =>
        AssertLinear(factor => Held("shuffled", Segments * factor, apart: Octets / 2));

    [Fact]
    public void Add_MoreThatIsSentAgain_CostsTheSameEach() => AssertLinear(
        factor => [.. Held("forwards", Segments * factor, apart: Octets), .. Held("backwards", Segments * factor, apart: Octets)]);

    [Fact]
    public void Add_MoreFlows_CostTheSameEach() => AssertLinear(factor =>
    [
        .. Enumerable.Range(0, Segments * factor)
            .SelectMany(n => new FlowScript(FlowEndpoints.Numbered(n)).Handshake().Client("a").Segments),
    ]);

    [Fact]
    public void Add_MoreFlowsWithGaps_CostTheSameEach() => AssertLinear(factor =>
    [
        .. Enumerable.Range(0, Segments * factor)
            .SelectMany(n => new FlowScript(FlowEndpoints.Numbered(n)).Handshake().Lose(1).Client("a").Client("b").Segments),
    ]);

    [Fact]
    public void Add_MoreTenantsOfOneFlow_CostTheSameEach() => AssertLinear(factor =>
    [
        .. Enumerable.Range(0, Segments * factor).SelectMany(n => new FlowScript { Vni = n }.Handshake().Client("a").Segments),
    ]);

    private static void AssertLinear(Func<int, IReadOnlyList<ScriptedSegment>> segments)
    {
        var (smaller, larger) = (segments(1), segments(CostPerOctet.Factor));
        var growth = CostPerOctet.Growth(() => Add(smaller), () => Add(larger));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"a segment costs {growth:0.00} times as much");
    }

    // The first octets never come.
    private static List<ScriptedSegment> Held(string order, int count, int apart)
    {
        var places = Enumerable.Range(1, count).ToArray();
        switch (order)
        {
            case "backwards":
                Array.Reverse(places);
                break;
            case "inwards":
                places = [.. places.Select(n => n % 2 == 0 ? n / 2 : count - (n / 2))];
                break;
            case "outwards":
                places = [.. places.Select(n => (count / 2) + (n % 2 == 0 ? n / 2 : -n / 2))];
                break;
            case "shuffled":
                new Random(1).Shuffle(places);
                break;
        }

        var start = new FlowScript().Handshake().Client("a").Segments;
        var payload = new byte[Octets];
        return
        [
            .. start,
            .. places.Select(place => start[^1] with { Payload = payload, Sequence = start[^1].Sequence + 1 + (uint)(place * apart) }),
        ];
    }

    private static void Add(IReadOnlyList<ScriptedSegment> segments)
    {
        var table = new FlowTable(new(), new Ignoring());
        foreach (var segment in segments)
        {
            table.Add(segment.ToSegment());
        }

        table.Finish();
    }

    private sealed class Ignoring : FlowConsumer
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
