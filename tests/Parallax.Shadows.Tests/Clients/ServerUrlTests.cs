using Parallax.Shadows.Clients;

namespace Parallax.Shadows.Tests.Clients;

public sealed class ServerUrlTests
{
    [Theory]
    [InlineData("http://staging", false, "staging", 80, "staging")]
    [InlineData("http://staging:8080/", false, "staging", 8080, "staging:8080")]
    [InlineData("https://staging", true, "staging", 443, "staging")]
    [InlineData("http://[::1]:81", false, "::1", 81, "[::1]:81")]
    [InlineData("HTTP://Staging:80", false, "staging", 80, "staging")]
    public void TryParse_Url_IsTakenApart(string text, bool isTls, string host, int port, string authority)
    {
        Assert.True(ServerUrl.TryParse(text, out var url, out var error), error);
        Assert.Equal(new ServerUrl(isTls, host, port, authority), url);
    }

    [Theory]
    [InlineData("staging:80", "write http://staging:80 or https://staging:80")]
    [InlineData("ftp://a", "only http and https")]
    [InlineData("http://", "is not a URL")]
    [InlineData("http://a:99999", "is not a URL")]
    [InlineData("http://a/base", "rewrite the path")]
    [InlineData("http://a?b", "rewrite the path")]
    [InlineData("http://me@a", "Authorization")]
    public void TryParse_NoTarget_SaysWhatWouldBeRight(string text, string expected)
    {
        Assert.False(ServerUrl.TryParse(text, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }
}
