using Parallax.Wire.Packets;

namespace Parallax.Wire.Tests.Packets;

public sealed class FragmentTableTests
{
    private static readonly Timestamp Start = Timestamp.FromParts(1_700_000_000, 0);
    private readonly PacketDecoderOptions _options = new() { MaxFragmentedDatagrams = 4, FragmentTimeout = TimeSpan.FromSeconds(10) };
    private readonly PacketDecoder _decoder = new();

    private DecodeCounters Counters => _decoder.Counters;

    [Fact]
    public void TryAdd_TooManyDatagrams_EvictsTheOldest()
    {
        var table = new FragmentTable(_options, Counters);
        for (uint id = 0; id < 5; id++)
        {
            Assert.Equal(DecodeStatus.FragmentHeld, Add(table, id, 0, 8, more: true));
        }

        Assert.Equal((4, 1L), (table.Waiting, Counters.DatagramsEvicted));
        Assert.Equal(DecodeStatus.FragmentHeld, Add(table, 0, 8, 8, more: false)); // its first half is gone
        Assert.Equal(DecodeStatus.Ok, Add(table, 4, 8, 8, more: false));
    }

    [Fact]
    public void TryAdd_TooManyBytes_EvictsTheOldest()
    {
        var table = new FragmentTable(new PacketDecoderOptions { MaxFragmentBytes = 128 << 10 }, Counters);
        for (uint id = 0; id < 20; id++)
        {
            Assert.Equal(DecodeStatus.FragmentHeld, Add(table, id, 40_000, 8, more: true));
            Assert.InRange(table.Bytes, 1, 128 << 10);
        }

        Assert.Equal(18, Counters.DatagramsEvicted);
    }

    [Fact]
    public void TryAdd_GrowingDatagramIsTheOldest_EvictsAnother()
    {
        var table = new FragmentTable(new PacketDecoderOptions { MaxFragmentBytes = 128 << 10 }, Counters);
        Add(table, 1, 0, 8, more: true);
        Add(table, 2, 40_000, 8, more: true);
        Add(table, 1, 40_000, 8, more: true);
        Assert.Equal((1, 1L), (table.Waiting, Counters.DatagramsEvicted));
        Assert.Equal(DecodeStatus.FragmentHeld, Add(table, 1, 8, 39_992, more: true));
        Assert.Equal(DecodeStatus.Ok, Add(table, 1, 40_008, 4, more: false));
    }

    [Fact]
    public void TryAdd_TimeIsUp_ForgetsTheDatagram()
    {
        var table = new FragmentTable(_options, Counters);
        Add(table, 1, 0, 8, more: true);
        Add(table, 2, 0, 8, more: true, Start.Nanoseconds + 10_000_000_001);
        Assert.Equal((1, 1L), (table.Waiting, Counters.DatagramsTimedOut));
    }

    [Fact]
    public void TryAdd_ConflictingEnds_KeepTheFirst()
    {
        var table = new FragmentTable(_options, Counters);
        Assert.Equal(DecodeStatus.FragmentHeld, Add(table, 1, 16, 8, more: false));
        Assert.Equal(DecodeStatus.FragmentConflict, Add(table, 1, 8, 8, more: false));
        Assert.Equal(DecodeStatus.FragmentConflict, Add(table, 1, 24, 8, more: true));
        Assert.Equal(DecodeStatus.FragmentHeld, Add(table, 1, 0, 8, more: true));
        Assert.Equal(DecodeStatus.Ok, Add(table, 1, 8, 8, more: true));
    }

    [Fact]
    public void TryAdd_OverlapWithOtherOctets_KeepsTheFirstAndCounts()
    {
        var table = new FragmentTable(_options, Counters);
        Add(table, 1, 8, 16, more: true, fill: 1);
        Add(table, 1, 0, 16, more: true, fill: 2);
        Assert.Equal(1, Counters.FragmentOverlapConflicts);
        Assert.Equal(DecodeStatus.Ok, table.TryAdd(Key(1), new Fragment(new byte[8], 24, false, 6), Start, out var whole));
        Assert.Equal([2, 1, 1, 0], [whole.Octets[0], whole.Octets[8], whole.Octets[16], whole.Octets[24]]);
    }

    [Fact]
    public void TakeBackLent_AfterReassembly_HoldsNoMemory()
    {
        var table = new FragmentTable(_options, Counters);
        Add(table, 1, 0, 8, more: true);
        Add(table, 1, 8, 8, more: false);
        Assert.NotEqual(0, table.Bytes);
        table.TakeBackLent();
        Assert.Equal((0, 0), (table.Bytes, table.Waiting));
    }

    /// <summary>The clever table against one that keeps a list of fragments and, octet by octet, takes the first that has it.</summary>
    [Fact]
    public void TryAdd_RandomFragments_AgreesWithOneListPerDatagram()
    {
        for (var seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            var table = new FragmentTable(new PacketDecoderOptions(), Counters);
            var model = new FragmentModel();
            for (var step = 0; step < 60; step++)
            {
                var id = (uint)random.Next(3);
                var more = random.Next(4) != 0;
                var length = more ? 8 * random.Next(1, 5) : random.Next(1, 33);
                var octets = new byte[length];
                octets.AsSpan().Fill((byte)random.Next(2));
                var fragment = new Fragment(octets, 8 * random.Next(10), more, (byte)random.Next(2));
                var expected = model.TryAdd(id, fragment, out var whole, out var protocol);
                Assert.Equal(expected, table.TryAdd(Key(id), fragment, Start, out var datagram));
                Assert.Equal(whole, datagram.Octets.ToArray());
                Assert.Equal(protocol, datagram.Protocol);
                table.TakeBackLent();
            }
        }
    }

    private static FragmentKey Key(uint id) => new(NetworkAddress.FromIPv4(1), NetworkAddress.FromIPv4(2), id, 6, 0, 5);

    private static DecodeStatus Add(
        FragmentTable table, uint id, int offset, int length, bool more, long? time = null, byte fill = 0)
    {
        var octets = new byte[length];
        octets.AsSpan().Fill(fill);
        return table.TryAdd(Key(id), new Fragment(octets, offset, more, 6), time is { } t ? new Timestamp(t) : Start, out _);
    }

    private sealed class FragmentModel
    {
        private readonly Dictionary<uint, List<(int Offset, byte[] Octets, bool More, byte Protocol)>> _datagrams = [];

        public DecodeStatus TryAdd(uint id, Fragment fragment, out byte[] whole, out byte protocol)
        {
            whole = [];
            protocol = 0;
            _datagrams.TryAdd(id, []);
            var parts = _datagrams[id];
            var total = parts.Where(part => !part.More).Select(part => (int?)(part.Offset + part.Octets.Length)).FirstOrDefault();
            var highest = parts.Select(part => part.Offset + part.Octets.Length).DefaultIfEmpty(0).Max();
            if (fragment.More ? fragment.End > total : (total ?? fragment.End) != fragment.End || fragment.End < highest)
            {
                return DecodeStatus.FragmentConflict;
            }

            parts.Add((fragment.Offset, fragment.Octets.ToArray(), fragment.More, fragment.Protocol));
            total ??= fragment.More ? null : fragment.End;
            var octets = Enumerable.Range(0, total ?? 0).Select(at => First(parts, at)).ToList();
            if (total is null || octets.Contains(null))
            {
                return DecodeStatus.FragmentHeld;
            }

            whole = [.. octets.Select(octet => octet!.Value)];
            protocol = parts.First(part => part.Offset == 0).Protocol;
            _datagrams.Remove(id);
            return DecodeStatus.Ok;
        }

        private static byte? First(List<(int Offset, byte[] Octets, bool More, byte Protocol)> parts, int at)
        {
            foreach (var (offset, octets, _, _) in parts)
            {
                if (at >= offset && at < offset + octets.Length)
                {
                    return octets[at - offset];
                }
            }

            return null;
        }
    }
}
