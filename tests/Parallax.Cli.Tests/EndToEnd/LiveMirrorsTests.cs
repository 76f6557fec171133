using System.Net;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>The mirrors of a proxy without documents, changed while it runs.</summary>
public sealed class LiveMirrorsTests : IDisposable
{
    private readonly Sink _primary = Sink.Open();
    private readonly Sink _first = Sink.Open();
    private readonly Sink _second = Sink.Open();
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
        _primary.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public async Task Post_ShareAndTargets_HoldFromThenOn()
    {
        using var parallax = Start("--mirror", _first.Url, "--percent", "0", "--deny", "path:^/never");
        var (address, admin) = await AddressesAsync(parallax);
        Assert.Equal($"shadow 127.0.0.1:{_first.Port} 0 %\n", await GetAsync($"{admin}/mirrors"));
        await GetAsync($"{address}/none");

        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(admin, "percent=100")).Status);
        Assert.EndsWith(": shadow 0 % -> 100 %", await parallax.LineWith("new configuration in force"));
        await GetAsync($"{address}/never");
        await GetAsync($"{address}/all");
        await _first.Receive(1);

        var targets = $"mirror={_first.Url},percent=0&mirror={_second.Url}&percent=&deny=";
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(admin, targets)).Status);
        Assert.Contains("shadow-2 100 % added", await parallax.LineWith("new configuration in force"));
        Assert.Equal(
            $"shadow-1 127.0.0.1:{_first.Port} 0 %\nshadow-2 127.0.0.1:{_second.Port} 100 %\n", await GetAsync($"{admin}/mirrors"));
        await GetAsync($"{address}/never");
        await _second.Receive(1);

        Assert.Equal(0, (await parallax.Stop()).ExitCode);
        Assert.Equal(["/all"], _first.Targets);
        Assert.Equal(["/never"], _second.Targets);
    }

    [Fact]
    public async Task Post_AnotherTarget_LogSaysWhichTookItsPlace()
    {
        using var parallax = Start("--mirror", _first.Url);
        var (_, admin) = await AddressesAsync(parallax);
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(admin, $"mirror={_second.Url}")).Status);
        Assert.EndsWith(
            $": shadow outbound|{_first.Port}||127.0.0.1 -> outbound|{_second.Port}||127.0.0.1",
            await parallax.LineWith("new configuration in force"));
        await parallax.Stop();
    }

    [Fact]
    public async Task Post_AllAfterASeededShare_IsTaken()
    {
        using var parallax = Start("--mirror", _first.Url, "--percent", "10", "--sample-seed", "a");
        var (_, admin) = await AddressesAsync(parallax);
        Assert.Equal(HttpStatusCode.Accepted, (await PostAsync(admin, "percent=100")).Status);
        Assert.EndsWith(": shadow 10 % -> 100 %", await parallax.LineWith("new configuration in force"));
        await parallax.Stop();
    }

    [Theory]
    [InlineData("percent=101", "--percent: ")]
    [InlineData("percent=1&percent=2", "--percent can be given once only")]
    [InlineData("percnt=10", "\"percnt\" cannot be changed here; did you mean percent?")]
    [InlineData("listen=8080", "\"listen\" cannot be changed here; these can: mirror, percent, allow, ")]
    [InlineData("mirror=ftp://a", "--mirror: ")]
    [InlineData("mirror=", "--percent says something about copies, but no --mirror URL says where they go")]
    [InlineData("", "nothing is to be changed: write it like /mirrors?percent=25")]
    public async Task Post_ThatIsNotRight_ChangesNothing(string query, string why)
    {
        using var parallax = Start("--mirror", _first.Url, "--percent", "50");
        var (_, admin) = await AddressesAsync(parallax);
        var (status, text) = await PostAsync(admin, query);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(why, text, StringComparison.Ordinal);
        Assert.EndsWith("; what was in force stays in force\n", text, StringComparison.Ordinal);
        Assert.Equal($"shadow 127.0.0.1:{_first.Port} 50 %\n", await GetAsync($"{admin}/mirrors"));
        Assert.DoesNotContain("new configuration", (await parallax.Stop()).Errors);
    }

    private RunningParallax Start(params string[] options) => RunningParallax.Start(
        ["proxy", "--listen", "127.0.0.1:0", "--primary", _primary.Url, "--admin", "0", .. options]);

    private static async Task<(string Address, string Admin)> AddressesAsync(RunningParallax parallax)
    {
        var line = await parallax.LineWith("listening at ");
        return ($"http://{line.Split("listening at ")[1].Split(',')[0]}", $"http://{line.Split("admin at ")[1]}");
    }

    private Task<string> GetAsync(string url) => _client.GetStringAsync(new Uri(url), TestContext.Current.CancellationToken);

    private async Task<(HttpStatusCode Status, string Text)> PostAsync(string admin, string query)
    {
        using var answer = await _client.PostAsync(new Uri($"{admin}/mirrors?{query}"), null, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
