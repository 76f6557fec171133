using System.Globalization;
using System.Text.Json.Nodes;
using Parallax.Recording.Har;
using Parallax.Recording.Tests.Plx;

namespace Parallax.Recording.Tests.Har;

/// <summary>Times and connections of HAR files.</summary>
public sealed class HarTimesTests
{
    private const long Noon = 1_772_366_400_000_000_000; // 2026-03-01T12:00:00Z

    [Theory]
    [InlineData("2026-03-01T12:00:00Z", 0)]
    [InlineData("2026-03-01T12:00:00.5Z", 500_000_000)]
    [InlineData("2026-03-01T12:00:00.123456789Z", 123_456_789)]
    [InlineData("2026-03-01T12:00:00,25z", 250_000_000)]
    [InlineData("2026-03-01T13:00:00.001+01:00", 1_000_000)]
    [InlineData("2026-03-01T05:00:00.0000000-0700", 0)]
    [InlineData("2026-03-01T14:00:00+02", 0)]
    [InlineData("2026-03-01T17:30:00+05:30", 0)]
    [InlineData("2026-03-01 12:00:00", 0)]
    [InlineData("2026-03-01T12:00Z", 0)]
    [InlineData("2026-03-01t12:00:00.210687+00:00", 210_687_000)]
    [InlineData("1772366400000", 0)]
    [InlineData("1772366400.25", 250_000_000)]
    public void Time_EverySpelling_IsThatInstant(string written, long nanoseconds)
    {
        var read = Assert.Single(HarTexts.Read(HarTexts.Entry().With("startedDateTime", Json(written))));

        Assert.Equal(Noon + nanoseconds, read.Facts.RequestFirst.Nanoseconds);
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    [InlineData("yesterday")]
    [InlineData("")]
    [InlineData("1e300")]
    public void Time_ThatIsNone_IsNotKnown(string written)
    {
        var facts = Assert.Single(HarTexts.Read(HarTexts.Entry().With("startedDateTime", Json(written)))).Facts;

        Assert.False(facts.RequestFirst.IsKnown);
        Assert.False(facts.ResponseLast.IsKnown);
    }

    [Fact]
    public void Timings_Missing_TheWholeTimeCounts()
    {
        var entry = HarTexts.Entry().With("time", 250.5);
        entry.Remove("timings");
        var facts = Assert.Single(HarTexts.Read(entry)).Facts;

        Assert.Equal(250_500_000, facts.ResponseLast.Since(facts.RequestFirst));
    }

    [Theory]
    [InlineData("connection", "443", "443", 400, 2)] // DevTools: the server's port.
    [InlineData("connection", "7", "7", 0, 1)]
    [InlineData("connection", "TCP 7", "TCP 7", 0, 1)]
    [InlineData("connection", "7", "8", 0, 2)]
    [InlineData("_connectionId", "7", "7", 0, 1)]
    [InlineData("_socket", "7", "7", 0, 1)]
    public void Connection_WhatDidNotOverlap_IsOneSession(string name, string first, string second, int overlap, int sessions)
    {
        var read = HarTexts.Read(At(0, 500).With(name, first), At(500 - overlap, 500).With(name, second));

        Assert.Equal(sessions, read.Select(entry => entry.Facts.Session).Distinct().Count());
        Assert.DoesNotContain(0, read.Select(entry => entry.Facts.Session));
    }

    [Fact]
    public void Connection_WhatFollowsABurst_StaysWithTheLastAnswer()
    {
        JsonObject[] entries = [At(0, 10), At(20, 100), At(21, 300), At(22, 50), At(400, 10)];
        var read = HarTexts.Read([.. entries.Select(entry => entry.With("connection", "1"))]);

        Assert.Equal(3, read.Select(entry => entry.Facts.Session).Distinct().Count());
        Assert.Equal(read[2].Facts.Session, read[4].Facts.Session);
    }

    [Fact]
    public void Connection_EntriesOutOfOrder_AreOneSessionAllTheSame()
    {
        var read = HarTexts.Read([.. new[] { 3000, 0, 2000, 1000 }.Select(at => At(at, 100).With("connection", "1"))]);

        Assert.Single(read.Select(entry => entry.Facts.Session).Distinct());
    }

    [Fact]
    public void Connection_QueuedInTheBrowser_DoesNotOverlap()
    {
        var queued = At(100, 500);
        queued["timings"]!["blocked"] = 400;

        Assert.Single(HarTexts.Read(At(0, 500).With("connection", "1"), queued.With("connection", "1"))
            .Select(entry => entry.Facts.Session).Distinct());
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1:8080")]
    [InlineData("[2001:db8::1]", "[2001:db8::1]:8080")]
    [InlineData("2001:db8::1", "[2001:db8::1]:8080")]
    public void ServerAddress_WithOrWithoutBrackets_IsTheServer(string written, string server) => Assert.Equal(
        server,
            Assert.Single(HarTexts.Read(HarTexts.Entry(url: "http://a:8080/").With("serverIPAddress", written))).Facts.Server.ToString());

    [Fact]
    public void Sessions_OfTwoFiles_AreDifferent()
    {
        long SessionIn(string name)
        {
            using var reader = new HarReader(new MemoryStream(HarTexts.File(HarTexts.Entry().With("connection", "1"))), name);
            return Assert.Single(PlxOctets.All(reader)).Facts.Session;
        }

        Assert.NotEqual(SessionIn("a.har"), SessionIn("b.har"));
        Assert.Equal(SessionIn("a.har"), SessionIn("a.har"));
    }

    private static JsonObject At(int milliseconds, int duration) => HarTexts.Entry()
        .With("startedDateTime", DateTimeOffset.UnixEpoch.AddYears(50).AddMilliseconds(milliseconds).ToString("O"))
        .With("timings", new JsonObject { ["send"] = 0, ["wait"] = duration, ["receive"] = 0 });

    private static JsonValue Json(string written) =>
        double.TryParse(written, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number) : JsonValue.Create(written);
}
