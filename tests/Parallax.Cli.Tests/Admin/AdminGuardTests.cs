using System.Text;
using Parallax.Cli.Admin;
using Parallax.Wire.Http1;

namespace Parallax.Cli.Tests.Admin;

/// <summary>Who may ask the admin port, and by which name.</summary>
public sealed class AdminGuardTests
{
    private const string Prometheus = "User-Agent: Prometheus/2.53.0\r\nAccept: application/openmetrics-text;version=1.0.0\r\n";
    private const string Chromium = "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: */*\r\nAccept-Language: en\r\n";

    [Theory]
    [InlineData("127.0.0.1:9901")]
    [InlineData("10.1.2.3")]
    [InlineData("[fe80::1]:9901")]
    [InlineData("localhost:9901")]
    [InlineData("LOCALHOST.")]
    [InlineData("parallax.example")]
    [InlineData("Parallax.Example.:9901")]
    [InlineData("a.inner.example:9901")]
    public void WhyRefused_OwnName_IsTakenFromBrowsersToo(string host) => Assert.Null(Ask(isOpen: false, "GET", host, Chromium));

    [Theory]
    [InlineData("evil.example")]
    [InlineData("inner.example")]
    [InlineData("xinner.example")]
    [InlineData("parallax.example.evil.example")]
    [InlineData("localhost.evil.example")]
    public void WhyRefused_OtherNameOnLoopback_IsRefused(string host)
    {
        Assert.NotNull(Ask(isOpen: false, "GET", host, Prometheus));
        Assert.NotNull(Ask(isOpen: false, "GET", host, Chromium));
    }

    [Theory]
    [InlineData("parallax:9901")]
    [InlineData("parallax.monitoring.svc.cluster.local:9901")]
    [InlineData("node7.other.example")]
    public void WhyRefused_AnyNameOnTheNetwork_IsTakenFromProgramsOnly(string host)
    {
        Assert.Null(Ask(isOpen: true, "GET", host, Prometheus));
        Assert.Null(Ask(isOpen: true, "GET", host, ""));
        Assert.Contains("--admin-host", Ask(isOpen: true, "GET", host, Chromium), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Accept-Language: \r\n")]
    [InlineData("Referer: http://evil.example/\r\n")]
    [InlineData("Origin: null\r\n")]
    [InlineData("Cookie: a=b\r\n")]
    [InlineData("Sec-Fetch-Mode: cors\r\n")]
    public void WhyRefused_AnySignOfABrowser_IsOne(string header) =>
        Assert.NotNull(Ask(isOpen: true, "GET", "evil.example", "User-Agent: mine\r\n" + header));

    [Theory]
    [InlineData("127.0.0.1:9901")]
    [InlineData("parallax.example")]
    public void WhyRefused_PostOfAPage_IsRefusedWhateverTheName(string host) =>
        Assert.Contains("web page", Ask(isOpen: true, "POST", host, "Origin: http://parallax.example\r\n"), StringComparison.Ordinal);

    private static string? Ask(bool isOpen, string method, string host, string headers)
    {
        var octets = Encoding.ASCII.GetBytes($"{method} /stats HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
        var reader = new MessageReader(MessageKind.Request, Http1Policy.Active);
        Assert.Equal(ReadEventKind.Head, reader.Read(octets, out _).Kind);
        return new AdminGuard(isOpen, ["parallax.example", "*.inner.example"]).WhyRefused(method, host, reader.Head, octets);
    }
}
