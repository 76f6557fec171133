using Parallax.Traffic.Policy;

namespace Parallax.Traffic.Tests.Policy;

public sealed class RateLimitTests
{
    private const long Second = 1_000_000_000;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(2500)]
    public void TryPass_MoreThanAllowed_LetsTheRatePass(double perSecond)
    {
        var limit = new RateLimit(perSecond);
        var passed = 0;
        for (var now = 0L; now < 10 * Second; now += Second / 10_000)
        {
            passed += limit.TryPass(now) ? 1 : 0;
        }

        var burst = Math.Max(1, perSecond / 10);
        Assert.InRange(passed, (perSecond * 10) - 1, (perSecond * 10) + burst + 1);
    }

    [Fact]
    public void TryPass_AfterAPause_BurstsATenthOfASecondAtMost()
    {
        var limit = new RateLimit(100);
        Assert.Equal(10, Enumerable.Range(0, 50).Count(_ => limit.TryPass(1000 * Second)));
        Assert.Equal(10, Enumerable.Range(0, 50).Count(_ => limit.TryPass(2000 * Second)));
    }

    [Fact]
    public void TryPass_FromSeveralThreads_LetsNoMorePass()
    {
        var limit = new RateLimit(1000);
        var passed = 0;
        var threads = Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (var now = 0L; now < Second; now += Second / 5000)
            {
                Interlocked.Add(ref passed, limit.TryPass(now) ? 1 : 0);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.InRange(passed, 900, 1101);
    }

    [Theory]
    [InlineData("100/s", 100)]
    [InlineData("0.5", 0.5)]
    public void TryParse_Rate_IsRead(string text, double perSecond)
    {
        Assert.True(RateLimit.TryParse(text, out var limit, out _));
        Assert.Equal(perSecond, limit.PerSecond);
    }

    [Theory]
    [InlineData("0/s")]
    [InlineData("-1")]
    [InlineData("fast")]
    [InlineData("100/m")]
    public void TryParse_NoRate_SaysWhatWouldBeRight(string text)
    {
        Assert.False(RateLimit.TryParse(text, out _, out var error));
        Assert.Contains("such as 100/s", error, StringComparison.Ordinal);
    }
}
