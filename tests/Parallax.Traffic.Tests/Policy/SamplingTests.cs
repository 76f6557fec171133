using System.Net;
using Parallax.TestKit;
using Parallax.Traffic.Policy;
using Parallax.Wire.Packets;

namespace Parallax.Traffic.Tests.Policy;

public sealed class SamplingTests
{
    private const string Plain = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData("100", 1_000_000)]
    [InlineData("0", 0)]
    [InlineData("50.5", 505_000)]
    [InlineData("12.5%", 125_000)]
    [InlineData("0.0001", 1)]
    [InlineData("0.00009", 0)]
    public void TryParse_Percentage_IsCutToTenThousandths(string text, int numerator)
    {
        Assert.True(Sampler.TryParse(text, out var sampler, out _));
        Assert.Equal(numerator, sampler.Numerator);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("100.1")]
    [InlineData("NaN")]
    [InlineData("ten")]
    public void TryParse_NoPercentage_SaysWhatWouldBeRight(string text)
    {
        Assert.False(Sampler.TryParse(text, out var sampler, out var error));
        Assert.Equal(0, sampler.Numerator);
        Assert.Contains("0 to 100", error, StringComparison.Ordinal);
    }

    // Envoy's and Istio's share tests, with our one draw per request.
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(50)]
    [InlineData(80)]
    public void Selects_ManyDraws_IsNearTheShare(double percent)
    {
        const int draws = 100_000;
        var draw = new SampleDraw(StickyBy.Nothing, new Random(42));
        var head = Messages.Head(Plain, out var octets);
        var sampler = Sampler.OfPercent(percent);
        var selected = 0;
        for (var time = 0; time < draws; time++)
        {
            selected += sampler.Selects(draw.Next(head, octets, default).Number) ? 1 : 0;
        }

        var expected = draws * percent / 100;
        var deviation = Math.Sqrt(expected * (1 - (percent / 100)));
        Assert.InRange(selected, expected - (4 * deviation), expected + (4 * deviation));
    }

    [Fact]
    public void Selects_SmallerShare_IsASubsetOfTheLarger()
    {
        var draw = new SampleDraw(StickyBy.Nothing, new Random(1));
        var head = Messages.Head(Plain, out var octets);
        var (small, large) = (Sampler.OfPercent(10), Sampler.OfPercent(20));
        for (var time = 0; time < 10_000; time++)
        {
            var drawn = draw.Next(head, octets, default).Number;
            Assert.True(!small.Selects(drawn) || large.Selects(drawn));
        }
    }

    [Fact]
    public void Selects_Bounds_AreAllAndNothing()
    {
        Assert.True(Sampler.All.Selects(Sampler.Denominator - 1));
        Assert.False(Sampler.OfPercent(0).Selects(0));
    }

    [Theory]
    [InlineData("header:X-User")]
    [InlineData("cookie:sid")]
    [InlineData("client-ip")]
    public void Next_Sticky_IsTheSameForTheSameAndSpreadOverOthers(string text)
    {
        Assert.True(StickyBy.TryParse(text, out var sticky, out _));
        var draws = Enumerable.Range(0, 2000).Select(user => DrawOf(sticky, user, seed: 1)).ToList();
        var again = Enumerable.Range(0, 2000).Select(user => DrawOf(sticky, user, seed: 2)).ToList();
        Assert.Equal(draws, again);
        Assert.InRange(draws.Count(drawn => drawn < 500_000), 900, 1100);
        Assert.InRange(draws.Distinct().Count(), 1990, 2000);
    }

    [Fact]
    public void Next_StickyHeader_IsStableForEver()
    {
        Assert.True(StickyBy.TryParse("header:x-user", out var sticky, out _));

        // A change of these numbers would split running sessions at an upgrade.
        Assert.Equal([723_751, 368_225], new[] { DrawOf(sticky, 1, 0), DrawOf(sticky, 2, 0) });
    }

    [Theory]
    [InlineData("cookie:sid", "a=b; sid=7", "sid=7")]
    [InlineData("cookie:sid", "sid=7; sid2=8", "x=y;sid=7")]
    [InlineData("cookie:sid", "xsid=1; sid=7", "sid=7;;")]
    public void Next_StickyCookie_FindsItAnywhere(string text, string one, string other)
    {
        Assert.True(StickyBy.TryParse(text, out var sticky, out _));
        Assert.Equal(DrawOfCookies(sticky, one), DrawOfCookies(sticky, other));
    }

    [Fact]
    public void Next_StickyButAbsent_IsRandom()
    {
        Assert.True(StickyBy.TryParse("cookie:sid", out var sticky, out _));
        var head = Messages.Head(Plain, out var octets);
        var draw = new SampleDraw(sticky, new Random(3));
        Assert.True(Enumerable.Range(0, 100).Select(_ => draw.Next(head, octets, default)).Distinct().Count() > 90);
    }

    [Theory]
    [InlineData("")]
    [InlineData("header:")]
    [InlineData("cookie:a b")]
    [InlineData("ip")]
    public void TryParse_NothingToBeStickyBy_SaysWhatWouldBeRight(string text)
    {
        Assert.False(StickyBy.TryParse(text, out _, out var error));
        Assert.Contains("header:NAME, cookie:NAME or client-ip", error, StringComparison.Ordinal);
    }

    private static int DrawOf(StickyBy sticky, int user, int seed)
    {
        var head = Messages.Head($"GET / HTTP/1.1\r\nx-user: user{user}\r\nCookie: a=b; sid=user{user}\r\n\r\n", out var octets);
        var client = NetworkAddress.From(new IPAddress([10, 0, (byte)(user >> 8), (byte)user]));
        return new SampleDraw(sticky, new Random(seed)).Next(head, octets, client).Number;
    }

    private static int DrawOfCookies(StickyBy sticky, string cookies)
    {
        var head = Messages.Head($"GET / HTTP/1.1\r\nCookie: {cookies}\r\n\r\n", out var octets);
        return new SampleDraw(sticky, new Random()).Next(head, octets, default).Number;
    }
}
