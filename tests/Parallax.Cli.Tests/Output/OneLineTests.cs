using Parallax.Cli.Output;

namespace Parallax.Cli.Tests.Output;

/// <summary>What a stranger writes neither forges a line nor reaches the terminal as a command.</summary>
public sealed class OneLineTests
{
    [Theory]
    [InlineData("GET /ä 🐵 \"x\" \\", "GET /ä 🐵 \"x\" \\")]
    [InlineData("a\r\nparallax: b", "a\\x0D\\x0Aparallax: b")]
    [InlineData("\u001b[2J\u009b1m\u007f\0", "\\x1B[2J\\x9B1m\\x7F\\x00")]
    [InlineData("a\u2028b\u202Ec\u2066", "a\\u2028b\\u202Ec\\u2066")]
    [InlineData("\tx\v", "\\x09x\\x0B")]
    public void Of_Text_IsOnePlainLine(string text, string line) => Assert.Equal(line, OneLine.Of(text));

    [Theory]
    [InlineData('\uD83D', "\\uD83D")]
    [InlineData('\uDC35', "\\uDC35")]
    public void Of_HalfAPair_IsEscaped(char half, string line) => Assert.Equal(line + "x", OneLine.Of(half + "x"));

    [Fact]
    public void LenientWriter_Line_IsOneLine()
    {
        var written = new StringWriter();
        using (var writer = new LenientWriter(written))
        {
            writer.WriteLine("a\nb\u001b[0m");
        }

        Assert.Equal("a\\x0Ab\\x1B[0m" + Environment.NewLine, written.ToString());
    }
}
