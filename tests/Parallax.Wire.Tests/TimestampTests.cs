namespace Parallax.Wire.Tests;

public sealed class TimestampTests
{
    [Fact]
    public void FromParts_NanosecondFraction_IsKeptWhole() =>
        Assert.Equal(1_700_000_000_123_456_789, Timestamp.FromParts(1_700_000_000, 123_456_789).Nanoseconds);

    [Fact]
    public void Since_EarlierAndLater_IsSigned()
    {
        var a = new Timestamp(1_000);
        var b = new Timestamp(1_250);
        Assert.Equal(250, b.Since(a));
        Assert.Equal(-250, a.Since(b));
    }
}
