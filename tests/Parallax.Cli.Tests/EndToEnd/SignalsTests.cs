using System.Net;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>What supervisors, log rotation and operators send.</summary>
public sealed class SignalsTests : IDisposable
{
    // Starts a program in a terminal, closes the terminal once the program serves, and prints the program's exit code.
    private const string InATerminalThatGoes = """
        import os, pty, sys
        process, terminal = pty.fork()
        if process == 0:
            os.execv(sys.argv[1], sys.argv[1:])
        said = b""
        while b"listening at" not in said:
            said += os.read(terminal, 4096)
        os.close(terminal)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-signals-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("USR1")]
    [InlineData("USR2")]
    [InlineData("HUP")]
    [InlineData("ALRM")]
    [InlineData("PIPE")]
    [InlineData("VTALRM")]
    [InlineData("XFSZ")]
    public async Task Proxy_SignalThatIsNoEnd_GoesOn(string signal)
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start("proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url);
        var address = await AddressAsync(parallax);
        await parallax.Signal(signal);
        await GetAsync(address, "/after");

        var ended = await parallax.Stop();
        Assert.Equal(0, ended.ExitCode);
        Assert.Equal(["/after"], primary.Targets);
    }

    [Fact]
    public async Task Proxy_Quit_EndsInOrder()
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start("proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--json");
        await GetAsync(await AddressAsync(parallax), "/before");
        await parallax.Signal("QUIT");

        var ended = await parallax.End();
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("\"proxy\"", ended.Output);
    }

    /// <summary>The window is closed, or the connection to the machine breaks.</summary>
    [Fact]
    public async Task Proxy_TerminalGoesAway_EndsInOrder()
    {
        var python = Needs.Python();
        using var primary = Sink.Open();
        using var parallax = RunningParallax.StartThrough(
            [python, "-c", InATerminalThatGoes, RunningParallax.Program], "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url);
        Assert.Equal("0", (await parallax.End()).Output.Trim());
    }

    [Theory]
    [InlineData("USR1")]
    [InlineData("HUP")]
    public async Task Proxy_RenamedLogAndSignal_WritesTheNextLinesToANewFile(string signal)
    {
        using var primary = Sink.Open();
        var log = Path.Combine(_folder, "access.log");
        using var parallax = RunningParallax.Start("proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--access-log", log);
        var address = await AddressAsync(parallax);
        await GetAsync(address, "/before");
        File.Move(log, log + ".1");
        await parallax.Signal(signal);
        Await(() => File.Exists(log));
        await GetAsync(address, "/after");
        await parallax.Stop();

        Assert.Contains("/before", Assert.Single(await LinesOf(log + ".1")));
        Assert.Contains("/after", Assert.Single(await LinesOf(log)));
    }

    [Fact]
    public async Task Proxy_LogCopiedAndTruncated_WritesTheNextLinesToItsStart()
    {
        using var primary = Sink.Open();
        var log = Path.Combine(_folder, "access.log");
        using var parallax = RunningParallax.Start("proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--access-log", log);
        var address = await AddressAsync(parallax);
        await GetAsync(address, "/before");
        Await(() => new FileInfo(log).Length > 0);
        await File.WriteAllBytesAsync(log, [], TestContext.Current.CancellationToken);
        await GetAsync(address, "/after");
        await parallax.Stop();

        var line = Assert.Single(await LinesOf(log));
        Assert.StartsWith("{", line, StringComparison.Ordinal);
        Assert.Contains("/after", line);
    }

    [Theory]
    [InlineData("USR1")]
    [InlineData("HUP")]
    public async Task Proxy_RecordingAndSignal_BeginsTheNextFile(string signal)
    {
        using var primary = Sink.Open();
        var first = Path.Combine(_folder, "a.plx");
        using var parallax = RunningParallax.Start("proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--record", first);
        var address = await AddressAsync(parallax);
        var header = new FileInfo(first + ".part").Length;
        await GetAsync(address, "/before");
        Await(() => new FileInfo(first + ".part").Length > header);
        await parallax.Signal(signal);
        Await(() => File.Exists(first));
        await GetAsync(address, "/after");
        var ended = await parallax.Stop();

        Assert.Equal(["a-2.plx", "a.plx"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("2 exchanges", ended.Errors);
    }

    [Theory]
    [InlineData("USR1")]
    [InlineData("USR2")]
    [InlineData("HUP")]
    [InlineData("ALRM")]
    public async Task Capture_SignalThatIsNoEnd_GoesOn(string signal)
    {
        using var parallax = RunningParallax.Start(
            "capture", "--vxlan", "127.0.0.1:0", "--record", Path.Combine(_folder, "a.plx"), "--json");
        await parallax.Receiver();
        await parallax.Signal(signal);

        var ended = await parallax.Stop();
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("\"capture\"", ended.Output);
    }

    [Fact]
    public async Task Capture_Usr1_SaysTheAccountAndGoesOn()
    {
        using var parallax = RunningParallax.Start("capture", "--vxlan", "127.0.0.1:0", "--stdout");
        await parallax.Receiver();
        await parallax.Signal("USR1");
        Assert.EndsWith(" info parallax: the account so far", await parallax.LineWith("so far"), StringComparison.Ordinal);
        await parallax.LineWith("requests   0 seen");
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
    }

    [Fact]
    public async Task Proxy_Usr1_SaysTheAccountAndGoesOn()
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start("proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url);
        var address = await AddressAsync(parallax);
        await GetAsync(address, "/before");
        await parallax.Signal("USR1");
        await parallax.LineWith("parallax: the account so far");
        await parallax.LineWith("requests   1 = 1 answered");
        await GetAsync(address, "/after");
        Assert.Contains("requests   2 = 2 answered", (await parallax.Stop()).Errors);
    }

    [Fact]
    public async Task Report_WithoutATerminal_SaysHowTheRunGoes()
    {
        using var primary = Sink.Open();
        using var proxy = RunningParallax.Start("proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--report", "100ms");
        await GetAsync(await AddressAsync(proxy), "/");
        Assert.Matches(" info parallax: 00:[0-9:]+  1 requests, 1 answered$", await proxy.LineWith("1 requests, 1 answered"));

        using var capture = RunningParallax.Start(
            "capture", "--vxlan", "127.0.0.1:0", "--to", primary.Url, "--to", primary.Url, "--report", "100ms");
        Assert.Matches(
            " info parallax: 00:[0-9:]+  2 targets: 0 answered  0 packets  0 requests  shadow-1: 0 answered  shadow-2: 0 answered$",
            await capture.LineWith("2 targets"));
    }

    private static async Task<string> AddressAsync(RunningParallax parallax) =>
        (await parallax.LineWith("listening at ")).Split("listening at ")[1].Split(',')[0];

    private static async Task GetAsync(string address, string path)
    {
        using var client = new HttpClient();
        using var response = await client.GetAsync(new Uri($"http://{address}{path}"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static Task<string[]> LinesOf(string file) => File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);

    private static void Await(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, RunningParallax.Guard));
}
