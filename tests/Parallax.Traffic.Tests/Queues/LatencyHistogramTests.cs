using Parallax.Traffic.Queues;

namespace Parallax.Traffic.Tests.Queues;

public sealed class LatencyHistogramTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(999_999)]
    [InlineData(123_456_789_012)]
    public void Quantile_OneValue_IsItWithinOnePercent(long value)
    {
        var histogram = new LatencyHistogram();
        histogram.Record(value);
        Assert.InRange(histogram.Quantile(0.5), value * 0.99, value * 1.01);
        Assert.Equal(value, histogram.MaxNanoseconds);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Quantile_ManyValues_AgreesWithSorting(int seed)
    {
        var random = new Random(seed);
        var values = Enumerable.Range(0, 10_000).Select(_ => (long)Math.Exp(random.NextDouble() * 27)).Order().ToList();
        var histogram = new LatencyHistogram();
        values.ForEach(histogram.Record);
        foreach (var quantile in (double[])[0, 0.1, 0.5, 0.9, 0.99, 0.999, 1])
        {
            var exact = values[Math.Max(0, (int)Math.Ceiling(quantile * values.Count) - 1)];
            Assert.InRange(histogram.Quantile(quantile), exact * 0.99, exact * 1.01);
        }
    }

    [Fact]
    public void Merge_TwoHalves_IsTheWhole()
    {
        var (whole, odd, even) = (new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram());
        for (var value = 0; value < 5000; value++)
        {
            whole.Record(value * 1000);
            (value % 2 == 0 ? even : odd).Record(value * 1000);
        }

        odd.Merge(even);
        Assert.Equal(whole.Count, odd.Count);
        Assert.Equal(whole.Quantile(0.3), odd.Quantile(0.3));
        Assert.Equal(whole.MaxNanoseconds, odd.MaxNanoseconds);
    }

    [Fact]
    public void Record_OutOfRange_IsClamped()
    {
        var histogram = new LatencyHistogram();
        histogram.Record(-5);
        histogram.Record(long.MaxValue);
        Assert.Equal(0, histogram.Quantile(0));
        Assert.Equal(2, histogram.Count);
    }

    [Fact]
    public void Quantile_Empty_IsZero() => Assert.Equal(0, new LatencyHistogram().Quantile(0.99));

    [Fact]
    public void Quantile_NotANumber_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LatencyHistogram().Quantile(double.NaN));
}
