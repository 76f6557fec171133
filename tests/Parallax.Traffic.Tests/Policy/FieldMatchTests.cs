using System.Text;
using Parallax.TestKit;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Traffic.Tests.Policy;

public sealed class FieldMatchTests
{
    private const string Request = "GET /?a=1&a=2&b&c=%41&d==x HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a:2\r\nEmpty:\r\nX-A: 3\r\n\r\n";

    [Theory]
    [InlineData("x-a", "1,2,3", true)]
    [InlineData("X-A", "1", false)]
    [InlineData("empty", "", true)]
    [InlineData("absent", "", false)]
    public void Header_Exact_LooksAtTheWholeList(string name, string value, bool matches) =>
        Assert.Equal(matches, Header(name, TextMatch.Exact(value), out _));

    [Theory]
    [InlineData("x-a", true)]
    [InlineData("empty", true)]
    [InlineData("absent", false)]
    public void Header_Present_IsThere(string name, bool matches)
    {
        Assert.Equal(matches, Header(name, TextMatch.Present, out var refused));
        Assert.Equal(!matches, refused);
    }

    [Theory]
    [InlineData("x-a", "1,2,3", false)]
    [InlineData("x-a", "1", true)]
    [InlineData("absent", "1", true)]
    [InlineData("absent", "", false)]
    public void Refuses_MissingHeader_CountsAsEmpty(string name, string value, bool refuses)
    {
        Header(name, TextMatch.Exact(value), out var refused);
        Assert.Equal(refuses, refused);
    }

    [Theory]
    [InlineData("a", "1", true)]
    [InlineData("a", "2", false)]
    [InlineData("A", "1", false)]
    [InlineData("b", "", true)]
    [InlineData("c", "%41", true)]
    [InlineData("c", "A", false)]
    [InlineData("d", "=x", true)]
    [InlineData("e", "", false)]
    public void Param_FirstValue_AsItIsWritten(string name, string value, bool matches)
    {
        var match = new FieldMatch(name, TextMatch.Exact(value));
        Assert.Equal(matches, match.MatchesParam(Encoding.Latin1.GetBytes("a=1&a=2&b&c=%41&d==x"), new Latin1Scratch()));
    }

    private static bool Header(string name, TextMatch value, out bool refused)
    {
        var head = Messages.Head(Request, out var octets);
        var (match, scratch) = (new FieldMatch(name, value), new Latin1Scratch());
        refused = match.RefusesHeader(head, octets, scratch);
        return match.MatchesHeader(head, octets, scratch);
    }
}
