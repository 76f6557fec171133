using System.Text;
using Parallax.TestKit;
using Parallax.Wire.Packets;

namespace Parallax.Wire.Tests.Flows;

public sealed class ReassemblyOracleTests
{
    /// <summary>Random overlapping segments with random octets, against one slot an octet where the first writer wins.</summary>
    [Fact]
    public void Add_RandomSegments_AgreesWithOneSlotPerOctet()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new Random(seed);
            var length = random.Next(1, 120);
            var start = (uint)random.NextInt64(uint.MaxValue);
            var handshake = new FlowScript(clientStart: start).Handshake().Segments;
            var model = new int[length];
            Array.Fill(model, -1);
            var segments = new List<ScriptedSegment>(handshake);
            while (model.Contains(-1))
            {
                var from = random.Next(length);
                var octets = new byte[random.Next(1, Math.Min(20, length - from) + 1)];
                random.NextBytes(octets);
                segments.Add(Data(handshake[0], from, octets));
                for (var i = 0; i < octets.Length; i++)
                {
                    model[from + i] = model[from + i] < 0 ? octets[i] : model[from + i];
                }
            }

            var seen = FlowRecorder.Run(segments);
            Assert.Equal(Encoding.Latin1.GetString([.. model.Select(octet => (byte)octet)]), seen.Client);
            Assert.Equal(0, seen.Table.Counters.HeldBytes);
        }
    }

    [Fact]
    public void Add_RandomGarbage_NeverThrowsAndStaysBounded()
    {
        var random = new Random(7);
        var limits = new Wire.Flows.FlowLimits { MaxFlows = 50, MaxHeldBytes = 20_000, MaxHeldBytesPerHalf = 5_000 };
        var segments = Enumerable.Range(0, 100_000).Select(n => Garbage(random, n));
        var seen = FlowRecorder.Run(segments, limits);
        Assert.Equal(0, seen.Table.Counters.Flows);
        Assert.Equal(0, seen.Table.Counters.HeldBytes);
        Assert.Equal(seen.Table.Counters.Begun, seen.Ends.Count);
    }

    private static ScriptedSegment Data(ScriptedSegment syn, int offset, byte[] octets) => syn with
    {
        Sequence = syn.Sequence + 1 + (uint)offset,
        Flags = TcpFlags.Psh,
        Payload = octets,
    };

    private static ScriptedSegment Garbage(Random random, int n) => new()
    {
        Endpoints = FlowEndpoints.Numbered(random.Next(100)),
        FromClient = random.Next(2) == 0,
        Sequence = random.Next(4) == 0 ? (uint)random.NextInt64(uint.MaxValue) : (uint)random.Next(3_000),
        Acknowledgment = (uint)random.Next(3_000),
        Flags = (TcpFlags)random.Next(64),
        Payload = new byte[random.Next(3) == 0 ? 0 : random.Next(300)],
        MissingOctets = random.Next(10) == 0 ? random.Next(500) : 0,
        Time = new(1_700_000_000_000_000_000 + (n * 3_000_000L) - random.Next(10_000_000)),
        Vni = random.Next(5) == 0 ? random.Next(8) : TcpSegment.NoVni,
    };
}
