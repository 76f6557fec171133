using Parallax.Shadows.Delivery;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

public sealed class ShadowAccountTests
{
    [Fact]
    public void Plus_TheSmallerHalfIsSlower_TimesAreThoseOfBoth()
    {
        var (fast, slow) = (Account("a", answered: 60, nanoseconds: 1_000), Account("a", answered: 40, nanoseconds: 1_000_000));
        foreach (var sum in (ShadowAccount[])[fast.Plus(slow), slow.Plus(fast)])
        {
            Assert.Equal((100, 100, 0), (sum.Offered, sum.Answered, sum.Unexplained));
            Assert.InRange(sum.LatencyMedian, 990, 1_010);
            Assert.InRange(sum.LatencyP99, 990_000, 1_010_000);
            Assert.InRange(sum.DelayP99, 990_000, 1_010_000);
        }

        // What was added stays as it was.
        Assert.Equal((60, 40), (fast.Latency.Count, slow.Latency.Count));
    }

    private static ShadowAccount Account(string target, int answered, long nanoseconds)
    {
        var times = new LatencyHistogram();
        for (var number = 0; number < answered; number++)
        {
            times.Record(nanoseconds);
        }

        return new()
        {
            Target = target,
            Offered = answered,
            Answered = answered,
            AnsweredByClass = [0, 0, answered],
            AnswersCut = 0,
            Failed = [],
            Dropped = [],
            Queued = 0,
            InFlight = 0,
            Resent = 0,
            Connects = 1,
            Delay = times,
            Latency = times,
        };
    }
}
