using Parallax.Shadows.Replay;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;

namespace Parallax.Shadows.Tests.Replay;

/// <summary>In which order, and when, a recording is sent whose clock was wrong.</summary>
public sealed class RecordedOrderTests
{
    private const double Hours18 = 65_536_000;

    [Theory]
    [InlineData("0 50 50 100", "0 50 -450 -400")] // Set back by half a second.
    [InlineData("0 50 50 100", "0 50 -3600000 -3599950")]
    [InlineData("0 3600000 3600050", "0 3600000 3600050")] // Set forward: no more than a pause.
    [InlineData("0 0 0 1", "0 0 0 1")]
    [InlineData("0 1 1 1 1", "0 1 0 0 1")]
    [InlineData("0 50 50 100 9550", "0 50 -450 -400 9550")] // The clock has caught up.
    [InlineData("0 0 100 150", "0 -65536000 100 150")] // One stamp far behind, and the rest is right.
    public void Connection_ClockWasSet_KeepsOrderAndDistances(string placed, string recorded) =>
        Assert.Equal(placed, Order(new([.. recorded.Split(' ').Select((at, place) => Numbered(place, int.Parse(at)))])));

    [Fact]
    public void Connection_NotNumberedButInOrder_KeepsItsOrder()
    {
        var entries = new[] { 0.0, 50, -450 }.Select((at, place) => ListedEntries.Get($"/{place}", 1, at)).ToList();

        Assert.Equal("0 50 50", Order(new(entries) { IsInOrder = true }));
        Assert.Equal("2:-450 0:0 1:50", Order(new(entries), names: true));
    }

    [Fact]
    public void Connections_EachHasItsOwnClock()
    {
        ListedEntries.Entry[] entries =
        [
            Numbered(0, 0), Numbered(0, 10, session: 2), Numbered(1, -100), Numbered(1, 20, session: 2),
        ];

        Assert.Equal("0 0 10 20", Order(new(entries)));
    }

    [Fact]
    public void Stamp_AfterItsOwnAnswer_IsThatOfTheAnswer()
    {
        ListedEntries.Entry[] entries =
        [
            Numbered(0, 0) with { AnsweredMilliseconds = 1 }, Numbered(1, Hours18) with { AnsweredMilliseconds = 51 },
            Numbered(2, 100) with { AnsweredMilliseconds = 101 },
        ];

        Assert.Equal("0 51 100", Order(new(entries)));
    }

    [Fact]
    public void Stamp_FarAheadOfAllOthers_IsSentWithItsNeighbours() =>
        Assert.Equal("0 100 100 150", Order(new([Numbered(0, 0), Numbered(1, Hours18), Numbered(2, 100), Numbered(3, 150)])));

    [Fact]
    public void Exchange_FarAheadOfItsConnection_IsSentWithItsNeighbours() => Assert.Equal("0 100 100 150", Order(new(
        [Numbered(0, 0), Numbered(1, Hours18) with { AnsweredMilliseconds = Hours18 + 1 }, Numbered(2, 100), Numbered(3, 150)])));

    [Fact]
    public void Stamp_FirstAndFarAhead_IsSentWithItsNeighbours() =>
        Assert.Equal("100 100 150", Order(new([Numbered(0, Hours18), Numbered(1, 100), Numbered(2, 150)])));

    [Fact]
    public void Stamp_FarAheadAndBorneOut_Stays()
    {
        ListedEntries.Entry[] confirmed =
            [Numbered(0, 0), Numbered(0, Hours18, 2) with { AnsweredMilliseconds = Hours18 + 1 }, Numbered(1, 100)];
        ListedEntries.Entry[] last = [Numbered(0, 0), Numbered(1, 100), Numbered(2, Hours18)];

        Assert.Equal("0 100 65536000", Order(new(confirmed)));
        Assert.Equal("0 100 65536000", Order(new(last)));
    }

    [Fact]
    public void Time_NotKnown_IsThatOfTheEntryBefore()
    {
        ListedEntries.Entry[] entries =
            [ListedEntries.Get("/0", 1, 10), ListedEntries.Get("/1", 2) with { HasTime = false }, ListedEntries.Get("/2", 3, 20)];

        Assert.Equal("0:10 1:10 2:20", Order(new(entries), names: true));
    }

    [Theory]
    [InlineData(1e12)]
    [InlineData(-1e12)]
    [InlineData(7.5e12)] // 9.2e18 ns, the last there is.
    public void Stamp_Centuries_DoesNotOverflow(double milliseconds)
    {
        ListedEntries.Entry[] entries = [Numbered(0, 0), Numbered(1, milliseconds), Numbered(2, -milliseconds), Numbered(3, 0)];

        Assert.Equal(4, Order(new(entries)).Split(' ').Length);
    }

    [Fact]
    public void Times_AskedFor_AreThoseRecorded()
    {
        var selection = new ReplaySelection(new(), ShadowMark.OfThisProcess, new Random(1))
        {
            Span = new() { FromInstant = ListedEntries.At(-1000), ToInstant = ListedEntries.At(0) },
        };

        Assert.Equal("2:60", Order(new([Numbered(0, 5), Numbered(1, 60), Numbered(2, -500)]), names: true, selection));
    }

    [Fact]
    public void Recording_OfOneClient_SharesStateAndStaysApartFromOthers()
    {
        ListedEntries.Entry[] entries =
            [ListedEntries.Get("/", 1), ListedEntries.Get("/", 2, 1), ListedEntries.Get("/", 3, 2) with { Client = "192.0.2.1:5" }];
        var (one, other) = (Read(new(entries) { IsOfOneClient = true }), Read(new(entries) { IsOfOneClient = true }));

        Assert.Equal(one[0].StateOwner, one[1].StateOwner);
        Assert.NotEqual(default, one[0].StateOwner);
        Assert.NotEqual(one[0].StateOwner, other[0].StateOwner);
        Assert.Equal(one[2].Client, one[2].StateOwner);
        Assert.Equal(default, one[0].Client);
        Assert.Equal(default, Read(new(entries))[0].StateOwner);
    }

    private static ListedEntries.Entry Numbered(int sequence, double milliseconds, long session = 1) =>
        ListedEntries.Get($"/{sequence}", session, milliseconds) with { Sequence = sequence };

    // The places in time, in milliseconds, in the order of sending.
    private static string Order(ListedEntries recording, bool names = false, ReplaySelection? selection = null)
    {
        var read = Read(recording, selection);
        if (!names && recording is not null)
        {
            var sessions = read.GroupBy(entry => entry.Session).Select(session => session.Select(entry => entry.Number).ToList());
            Assert.All(sessions, session => Assert.Equal(session.Order(), session));
        }

        return string.Join(' ', read.Select(
            entry => (names ? $"{entry.Number}:" : "") + (entry.At.Since(ListedEntries.At(0)) / 1_000_000)));
    }

    private static List<ReplayEntry> Read(ListedEntries recording, ReplaySelection? selection = null)
    {
        var pool = new OctetPool(1L << 24);
        using var entries = new ReplayEntries(
            [recording], selection ?? new(new(), ShadowMark.OfThisProcess, new Random(1)), pool, wantsResponses: false, pass: 0);
        var read = new List<ReplayEntry>();
        while (entries.TryRead(out var entry))
        {
            var target = entry.Request.Head.Target.Of(entry.Request.HeadOctets);
            read.Add(entry with { Number = long.TryParse(target[1..], out var number) ? number : 0 });
            entry.Dispose();
        }

        return read;
    }
}
