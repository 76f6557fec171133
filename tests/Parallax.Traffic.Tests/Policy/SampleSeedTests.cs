using System.Net;
using Parallax.TestKit;
using Parallax.Traffic.Policy;
using Parallax.Wire.Packets;

namespace Parallax.Traffic.Tests.Policy;

public sealed class SampleSeedTests
{
    [Theory]
    [InlineData("header:X-User")]
    [InlineData("cookie:sid")]
    [InlineData("client-ip")]
    public void Next_Sticky_IsTheSameForTheSameSeedOnly(string text)
    {
        Assert.True(StickyBy.TryParse(text, out var sticky, out _));
        var one = DrawsOf(sticky, Seed("monday"));
        Assert.Equal(one, DrawsOf(sticky, Seed("monday")));
        Assert.InRange(one.Zip(DrawsOf(sticky, Seed("tuesday"))).Count(pair => pair.First == pair.Second), 0, 5);
        Assert.InRange(one.Zip(DrawsOf(sticky, seed: null)).Count(pair => pair.First == pair.Second), 0, 5);
    }

    [Fact]
    public void Next_Sticky_SessionsOfTwoSeedsAreIndependent()
    {
        Assert.True(StickyBy.TryParse("client-ip", out var sticky, out _));
        var share = Sampler.OfPercent(50);
        var both = DrawsOf(sticky, Seed("1")).Zip(DrawsOf(sticky, Seed("2")))
            .Count(pair => share.Selects(pair.First.Number) && share.Selects(pair.Second.Number));

        // A quarter of 2,000, and four standard deviations.
        Assert.InRange(both, 500 - 78, 500 + 78);
    }

    [Fact]
    public void NewRandom_SameSeed_IsTheSameForEachThreadAndDiffersBetweenThem()
    {
        int[] Drawn(string seed, int thread)
        {
            var draw = new SampleDraw(StickyBy.Nothing, Seed(seed).NewRandom(thread), Seed(seed));
            var head = Messages.Head("GET / HTTP/1.1\r\n\r\n", out var octets);
            return [.. Enumerable.Range(0, 20).Select(_ => draw.Next(head, octets, default).Number)];
        }

        Assert.Equal(Drawn("7", 0), Drawn("7", 0));
        Assert.Equal(Drawn("7", 1), Drawn("7", 1));
        Assert.NotEqual(Drawn("7", 0), Drawn("7", 1));
        Assert.NotEqual(Drawn("7", 0), Drawn("8", 0));
    }

    [Fact]
    public void TryParse_Nothing_SaysWhatWouldBeRight()
    {
        Assert.False(SampleSeed.TryParse("", out _, out var error));
        Assert.Contains("a number or a text", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_WithoutSession_NamesNone()
    {
        var head = Messages.Head("GET / HTTP/1.1\r\n\r\n", out var octets);
        Assert.True(StickyBy.TryParse("cookie:sid", out var sticky, out _));
        Assert.Equal(0UL, new SampleDraw(sticky, new Random(1)).Next(head, octets, default).Session);
        Assert.Equal(0UL, new SampleDraw(StickyBy.Nothing, new Random(1)).Next(head, octets, default).Session);
    }

    private static SampleSeed Seed(string text)
    {
        Assert.True(SampleSeed.TryParse(text, out var seed, out _));
        return seed;
    }

    private static List<Draw> DrawsOf(StickyBy sticky, SampleSeed? seed)
    {
        var draw = new SampleDraw(sticky, new Random(1), seed);
        return [.. Enumerable.Range(0, 2000).Select(user =>
        {
            var head = Messages.Head($"GET / HTTP/1.1\r\nx-user: user{user}\r\nCookie: sid=user{user}\r\n\r\n", out var octets);
            return draw.Next(head, octets, NetworkAddress.From(new IPAddress([10, 0, (byte)(user >> 8), (byte)user])));
        })];
    }
}
