using Parallax.Fuzz.Engine;
using Parallax.TestKit;
using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Fuzz.Targets;

/// <summary>Segments in any order, with overlaps, gaps, several tunnels, numbers that wrap and times that leap. The octet at each
/// sequence number is always the same, so whatever is handed on shows whether it stands where it should.</summary>
internal static class FlowTarget
{
    private const int StepOctets = 10;
    private const int MaxPayload = 2_000;
    private static readonly byte[] Stream = [.. Enumerable.Range(0, (1 << 16) + MaxPayload).Select(number => OctetAt((uint)number))];

    public static FuzzTarget Make() => new() { Name = "flows", Seeds = [.. Seeds()], Run = Run, MaxInputBytes = 4 << 10 };

    private static byte OctetAt(uint sequence) => (byte)(((sequence & 0xFFFF) * 2_654_435_761) >> 11);

    private static void Run(byte[] input, Outcome outcome)
    {
        var consumer = new Checking(outcome);
        var limits = new FlowLimits { MaxFlows = 8, MaxHeldBytes = 64 << 10, MaxHeldBytesPerHalf = 16 << 10 };
        var table = new FlowTable(limits, consumer);
        var time = 1_700_000_000_000_000_000;
        Span<uint> next = stackalloc uint[2];
        for (var rest = input.AsSpan(); rest.Length >= StepOctets; rest = rest[StepOctets..])
        {
            table.Add(Segment(rest, next, ref time));
            Require.That(table.Counters.HeldBytes <= limits.MaxHeldBytes, "more is held than the bound");
            Require.That(table.Counters.Flows <= limits.MaxFlows, "more flows than the bound");
        }

        table.Finish();
        var counters = table.Counters;
        Require.That(counters.Flows == 0 && counters.HeldBytes == 0, "something is held at the end");
        Require.That(counters.Begun == Enum.GetValues<FlowEnd>().Sum(counters.Ended), "not every flow ended once");
        Require.That(counters.Begun == consumer.Ends, "not every end was told");
        Require.That(counters.DeliveredOctets == consumer.Octets, "other octets were counted than told");
        Require.That(counters.LostOctets == consumer.Lost, "other lost octets were counted than told");
    }

    //  | 0 flow, VNI, direction | 1 flags | 2-3 distance from the next octet | 4-5 payload | 6-7 acknowledgment | 8 missing | 9 time |
    private static TcpSegment Segment(ReadOnlySpan<byte> step, Span<uint> next, ref long time)
    {
        var isClient = (step[0] & 1) == 0;
        var (own, other) = isClient ? (0, 1) : (1, 0);
        var flags = (TcpFlags)(step[1] & 0x1F);
        var distance = (short)((step[2] << 8) | step[3]);
        var length = ((step[4] << 8) | step[5]) % MaxPayload;
        var sequence = (step[0] & 0x80) != 0 ? (uint)(distance * 70_000) : next[own] + (uint)distance;
        if (distance == 0)
        {
            next[own] += (uint)length + (flags.HasFlag(TcpFlags.Syn) || flags.HasFlag(TcpFlags.Fin) ? 1u : 0);
        }

        time += step[9] switch { 255 => 90_000_000_000, 254 => 4_000_000_000, 253 => -1_000_000_000, var few => few * 1_000_000L };
        var from = flags.HasFlag(TcpFlags.Syn) ? sequence + 1 : sequence;
        return new ScriptedSegment
        {
            Endpoints = FlowEndpoints.Numbered((step[0] >> 1) & 0xF),
            FromClient = isClient,
            Sequence = sequence,
            Acknowledgment = next[other] + (uint)(short)((step[6] << 8) | step[7]),
            Flags = flags,
            Payload = Stream.AsSpan((int)(from & 0xFFFF), length).ToArray(),
            Vni = ((step[0] >> 5) & 3) - 1,
            MissingOctets = step[8] > 250 ? step[8] * 10 : 0,
            Time = new(time),
        }.ToSegment();
    }

    private static IEnumerable<byte[]> Seeds()
    {
        byte[] start = [0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0x12, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 1];
        byte[] client = [0, 0x18, 0, 0, 0, 100, 0, 0, 0, 1];
        byte[] server = [1, 0x18, 0, 0, 3, 0, 0, 0, 0, 1];
        byte[] ahead = [0, 0x18, 0, 200, 0, 100, 0, 0, 0, 1];
        byte[] behind = [0, 0x18, 0xFF, 200, 0, 100, 0, 0, 0, 1];
        byte[] end = [0, 0x11, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0x11, 0, 0, 0, 0, 0, 0, 0, 1];
        yield return [.. start, .. client, .. server, .. end];
        yield return [.. start, .. ahead, .. client, .. client, .. client, .. behind, .. server, .. end];
        yield return [.. client, .. server, .. ahead, 0, 0x18, 1, 0, 0, 100, 0, 0, 0, 254, .. client];
        yield return [.. start, .. client, .. start, .. client, 2, 0x18, 0, 0, 0, 50, 0, 0, 0, 255, 4, 0x18, 0, 0, 0, 50, 0, 0, 0, 255];
    }

    private sealed class Checking(Outcome outcome) : FlowConsumer
    {
        public long Ends { get; private set; }

        public long Octets { get; private set; }

        public long Lost { get; private set; }

        public override void OnOctets(Flow flow, Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
        {
            Require.That(!octets.IsEmpty, "octets without any");
            var half = Of(flow).Halves[(int)direction];
            Require.That(!half.HasEnded, "octets after the end");
            Require.That(half.Next is null || half.Next == origin.First.Value, "octets are not those after the last");
            for (var at = 0; at < octets.Length; at++)
            {
                Require.That(octets[at] == OctetAt(origin.First.Value + (uint)at), "an octet of another place");
            }

            half.Next = origin.First.Value + (uint)octets.Length;
            Octets += octets.Length;
            outcome.Add((int)direction);
            outcome.AddCount(octets.Length);
        }

        public override void OnGap(Flow flow, Direction direction, int octets)
        {
            Require.That(octets > 0, "a gap without octets");
            var half = Of(flow).Halves[(int)direction];
            Require.That(!half.HasEnded, "a gap after the end");
            half.Next += (uint)octets;
            Lost += octets;
            outcome.Add(3);
        }

        public override void OnHalfEnded(Flow flow, Direction direction)
        {
            var half = Of(flow).Halves[(int)direction];
            Require.That(!half.HasEnded, "a half ends twice");
            half.HasEnded = true;
            outcome.Add(4);
        }

        public override void OnFlowEnded(Flow flow, FlowEnd reason)
        {
            Ends++;
            flow.Attachment = null;
            outcome.Add(10 + (int)reason);
        }

        private static Seen Of(Flow flow) => (Seen)(flow.Attachment ??= new Seen());
    }

    private sealed class Seen
    {
        public Half[] Halves { get; } = [new(), new()];
    }

    private sealed class Half
    {
        public uint? Next { get; set; }

        public bool HasEnded { get; set; }
    }
}
