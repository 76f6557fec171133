using System.Text;
using Parallax.Shadows.Replay;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Packets;

namespace Parallax.Shadows.Tests.Replay;

/// <summary>However long a recording is and however many connections and clients it has, an entry costs the same; so does an octet of what
/// a middleware writes.</summary>
[Collection(nameof(Costs))]
public sealed class ReplayCostTests
{
    private const int Few = 200;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, -1)]
    [InlineData(int.MaxValue, 1)]
    [InlineData(int.MaxValue, -1)]
    public void Take_MoreEntries_CostTheSameEach(int sessions, int direction)
    {
        List<ListedEntries.Entry> Entries(int count) =>
        [
            .. Enumerable.Range(0, count).Select(n =>
                ListedEntries.Get("/", 1 + (n % sessions), direction * n) with { Sequence = n / sessions }),
        ];
        var (smaller, larger) = (Entries(Few), Entries(Few * CostPerOctet.Factor));
        AssertLinear(() => TakeAll(smaller), () => TakeAll(larger));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NewSession_MoreClients_CostTheSameEach(bool areKnown)
    {
        // Beyond the bound of 4,096 clients in the larger case: each new one takes the place of another.
        const int Clients = 1000;
        void Sessions(int count)
        {
            var mapper = new StateMapper(isAutomatic: true, []);
            for (var client = 0; client < count; client++)
            {
                mapper.NewSession(new(NetworkAddress.FromIPv4((uint)(areKnown ? client / 2 : client)), 80));
            }
        }

        AssertLinear(() => Sessions(Clients), () => Sessions(Clients * CostPerOctet.Factor));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a\n")]
    [InlineData("\n")]
    [InlineData("0123456789abcdef\n")]
    public void Read_MoreFromAPipe_CostsTheSameForEachOctet(string filler)
    {
        void Read(byte[] octets)
        {
            using var pipe = new Pipe(octets);
            PipeLines.Read(pipe, int.MaxValue, (_, _) => { });
        }

        // Without line ends the buffer grows for the smaller input, too.
        var growth = CostPerOctet.Growth(Read, Encoding.ASCII.GetBytes(filler), 512 << 10);
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }

    [Fact]
    public void TryRead_LongerLine_CostsTheSameForEachOctet()
    {
        static byte[] Line(int factor) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(
            [.. "1 000000000000000000000001 2 3\n"u8, .. CostPerOctet.Repeat("GET / HTTP/1.1\r\n"u8, (4 << 10) * factor)]));
        var (smaller, larger) = (Line(1), Line(CostPerOctet.Factor));
        Assert.True(MiddlewareLine.TryRead(larger, out _, out var number, out _));
        Assert.Equal(1, number);
        AssertLinear(() => MiddlewareLine.TryRead(smaller, out _, out _, out _), () => MiddlewareLine.TryRead(larger, out _, out _, out _));
    }

    private static void TakeAll(List<ListedEntries.Entry> entries)
    {
        var selection = new ReplaySelection(new(), ShadowMark.OfThisProcess, new Random(1));
        using var window = new EntryWindow(new ListedEntries(entries), selection, new OctetPool(), wantsResponses: false, pass: 0);
        while (window.Next is not null)
        {
            window.Take().Dispose();
        }
    }

    private static void AssertLinear(Action smaller, Action larger)
    {
        var growth = CostPerOctet.Growth(smaller, larger);
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"each costs {growth:0.00} times as much");
    }

    // Gives what a pipe of a busy process gives at a time.
    private sealed class Pipe(byte[] octets) : MemoryStream(octets)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 512));
    }
}
