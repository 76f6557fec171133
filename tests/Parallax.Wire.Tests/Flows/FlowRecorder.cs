using System.Text;
using Parallax.TestKit;
using Parallax.Wire.Flows;

namespace Parallax.Wire.Tests.Flows;

/// <summary>Keeps what a flow table hands out, per flow and half; a gap of n octets is written as n question marks, 1,000 at
/// most.</summary>
internal sealed class FlowRecorder : FlowConsumer
{
    public List<Recorded> Flows { get; } = [];

    public List<FlowEnd> Ends { get; } = [];

    public static FlowRecorder Run(IEnumerable<ScriptedSegment> segments, FlowLimits? limits = null, bool finish = true)
    {
        var recorder = new FlowRecorder();
        recorder.Table = new FlowTable(limits ?? new FlowLimits(), recorder);
        foreach (var segment in segments)
        {
            recorder.Table.Add(segment.ToSegment());
        }

        if (finish)
        {
            recorder.Table.Finish();
        }

        return recorder;
    }

    public FlowTable Table { get; private set; } = null!;

    public string Client => Flows.Single().Text(true);

    public string Server => Flows.Single().Text(false);

    public override void OnOctets(Flow flow, Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
    {
        Assert.False(octets.IsEmpty);
        Of(flow).Half(direction).Append(Encoding.Latin1.GetString(octets));
    }

    public override void OnGap(Flow flow, Direction direction, int octets)
    {
        Assert.True(octets > 0);
        Of(flow).Half(direction).Append('?', Math.Min(octets, 1_000));
    }

    public override void OnHalfEnded(Flow flow, Direction direction) => Of(flow).Half(direction).Append('$');

    public override void OnFlowEnded(Flow flow, FlowEnd reason)
    {
        Ends.Add(reason);
        if (flow.Attachment is Recorded recorded)
        {
            recorded.End = reason;
        }
    }

    private Recorded Of(Flow flow)
    {
        if (flow.Attachment is not Recorded recorded)
        {
            flow.Attachment = recorded = new(flow.Initiator ?? Direction.Forward);
            Flows.Add(recorded);
        }

        return recorded;
    }

    internal sealed class Recorded(Direction client)
    {
        private readonly StringBuilder[] _halves = [new(), new()];

        public FlowEnd? End { get; set; }

        public StringBuilder Half(Direction direction) => _halves[(int)direction];

        public string Text(bool ofClient) => Half(ofClient ? client : client.Opposite()).ToString();
    }
}
