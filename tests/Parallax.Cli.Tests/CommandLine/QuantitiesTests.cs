using Parallax.Cli.CommandLine;

namespace Parallax.Cli.Tests.CommandLine;

/// <summary>Values as people write them.</summary>
public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("250ms", 0.25)]
    [InlineData("1.5s", 1.5)]
    [InlineData("90", 90)]
    [InlineData("2m", 120)]
    [InlineData("3h", 10_800)]
    [InlineData("1d", 86_400)]
    [InlineData("0.5D", 43_200)]
    public void Duration_Written_IsSeconds(string text, double seconds)
    {
        Assert.True(Quantities.TryParseDuration(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("d")]
    [InlineData("1w")]
    [InlineData("-1d")]
    [InlineData("1d2h")]
    public void Duration_NotWrittenLikeOne_IsRefused(string text) => Assert.False(Quantities.TryParseDuration(text, out _));

    [Theory]
    [InlineData("80", "--port", "80")]
    [InlineData("80 8080", "--port", "80", "8080")]
    [InlineData("80 8080", "--port", "80", "--port", "8080")]
    [InlineData("80 8080 443", "--port", "80,8080", "--port", "443")]
    public void Numbers_WithCommasOrOneByOne_AreTheSame(string ports, params string[] arguments)
    {
        var option = Setting.Numbers("--port", "", 1, ushort.MaxValue);
        var command = new System.CommandLine.Command("capture") { option };
        Assert.Equal(ports, string.Join(' ', command.Parse(arguments).GetValue(option)!));
    }
}
