using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>How a run ends: what is in flight is finished, the account is printed, the exit code tells why.</summary>
public class EndingTests
{
    private static readonly FlowScript ThreeRequests = new FlowScript().Handshake()
        .Client("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
        .Client("GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        .Client("GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");

    [Theory]
    [InlineData("TERM", 0)]
    [InlineData("INT", 130)]
    public async Task Signal_DrainsAndPrintsTheAccount(string signal, int exitCode)
    {
        var answers = new TaskCompletionSource();
        using var sink = Sink.Open(async (wire, request) =>
        {
            await answers.Task;
            await Sink.Ok(wire, request);
        });
        using var parallax = RunningParallax.Start("capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url);
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(ThreeRequests.Segments);
        await sink.Receive(3);

        await parallax.Signal(signal);
        await parallax.LineWith("parallax: stopping; 3 shadows in flight");
        answers.SetResult();

        var ended = await parallax.End();
        Assert.Equal((exitCode, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("requests   3 seen = 3 complete + 0 truncated + 0 incomplete", ended.Errors);
        Assert.Contains("3 offered = 3 answered + 0 failed + 0 dropped", ended.Errors);
    }

    [Fact]
    public async Task SecondSignal_EndsAtOnce()
    {
        using var sink = Sink.Open((_, _) => new TaskCompletionSource().Task);
        using var parallax = RunningParallax.Start(
            "capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url, "--timeout", "1h", "--grace", "1h");
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(ThreeRequests.Segments);
        await sink.Receive(1);

        await parallax.Signal("TERM");
        await parallax.LineWith("a second signal ends at once");
        await parallax.SignalToTheEnd("TERM");
        Assert.NotEqual(0, (await parallax.End()).ExitCode);
    }

    [Fact]
    public async Task SecondSignal_WithTheFirst_IsTheSame()
    {
        using var sink = Sink.Open();
        using var parallax = RunningParallax.Start("capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url);
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(ThreeRequests.Segments);
        await parallax.SignalTwice("TERM");
        var ended = await parallax.End();
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("3 offered = 3 answered", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignalAtOnce_LosesNothingThatHasArrived()
    {
        using var sink = Sink.Open();
        using var parallax = RunningParallax.Start("capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url, "--json");
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(ThreeRequests.Segments);

        var ended = await parallax.Stop();
        Assert.Equal((0, 3), (ended.ExitCode, ended.Account.AssertAddsUp().Of("answered")));
    }

    [Fact]
    public async Task Duration_EndsByItself()
    {
        var ended = await RunningParallax.Run("capture", "--vxlan", "127.0.0.1:0", "--stdout", "--duration", "50ms");
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("captured   0 packets", ended.Errors);
    }

    [Fact]
    public async Task EndOfFile_EndsByItself()
    {
        using var sink = Sink.Open();
        using var file = new CaptureFile(ThreeRequests.Segments);
        var ended = await RunningParallax.Run("capture", "--pcap", file.Path, "--to", sink.Url, "--json");
        Assert.Equal((0, 3), (ended.ExitCode, ended.Account.AssertAddsUp().Of("answered")));
        Assert.Equal(["/1", "/2", "/3"], sink.Targets.Order());
    }

    [Fact]
    public async Task EndOfStandardInput_EndsByItself()
    {
        using var parallax = RunningParallax.Start("capture", "--pcap", "-", "--stdout", "--quiet");
        await parallax.Write(CaptureFile.Octets(ThreeRequests.Segments, Encode.Ethernet).ToArray());
        var ended = await parallax.End();
        Assert.Equal((0, ""), (ended.ExitCode, ended.Errors));
        Assert.Contains("GET /3 HTTP/1.1", ended.Output);
    }

    [Fact]
    public async Task SilentStandardInput_CanBeStopped()
    {
        using var parallax = RunningParallax.Start("capture", "--pcap", "-", "--stdout");
        await parallax.Write(CaptureFile.Octets(ThreeRequests.Segments, Encode.Ethernet).ToArray());
        Assert.StartsWith("# 1 ", await parallax.Output.ReadLineAsync(TestContext.Current.CancellationToken));
        await parallax.Signal("INT");
        Assert.Equal(130, (await parallax.EndUnread()).ExitCode);
    }

    [Theory]
    [InlineData("capture --stdout --pcap")]
    [InlineData("capture --stdout --json --pcap")]
    [InlineData("inspect --tsv")]
    public async Task ClosedOutput_IsNoCrash(string command)
    {
        // More than a pipe holds.
        var requests = string.Concat(Enumerable.Range(0, 20_000).Select(n => $"GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n"));
        using var file = new CaptureFile(new FlowScript().Handshake().Client(requests).Fin().Segments);
        using var parallax = RunningParallax.Start([.. command.Split(' '), file.Path]);
        Assert.NotNull(await parallax.Output.ReadLineAsync(TestContext.Current.CancellationToken));
        parallax.Output.Close();

        var ended = await parallax.EndUnread();
        Assert.Equal(0, ended.ExitCode);
        Assert.DoesNotContain("   at ", ended.Errors);
    }

    [Theory]
    [InlineData("capture --stdout --pcap", "2>&-", 0)]
    [InlineData("inspect", "2>&-", 0)]
    [InlineData("inspect --no-such-option", "2>&-", 2)]
    [InlineData("inspect", ">&-", 1)]
    [InlineData("inspect --tsv", ">&- 2>&-", 1)]
    public async Task DescriptorClosedBeforeTheStart_IsNoCrash(string command, string closed, int exitCode)
    {
        using var file = new CaptureFile(ThreeRequests.Segments);
        using var parallax = RunningParallax.StartThrough(
            ["sh", "-c", $"exec \"$0\" \"$@\" {closed}", RunningParallax.Program], [.. command.Split(' '), file.Path]);
        Assert.Equal(exitCode, (await parallax.End()).ExitCode);
    }

    [Fact]
    public async Task ClosedOutput_EndsARunThatOnlyPrints()
    {
        using var parallax = RunningParallax.Start("capture", "--vxlan", "127.0.0.1:0", "--stdout");
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(ThreeRequests.Segments);
        Assert.StartsWith("# 1 ", await parallax.Output.ReadLineAsync(TestContext.Current.CancellationToken));
        parallax.Output.Close();

        tap.Send(new FlowScript(FlowEndpoints.Numbered(1)).Handshake().Client("GET /4 HTTP/1.1\r\n\r\n").Segments);
        Assert.Equal(0, (await parallax.EndUnread()).ExitCode);
    }
}
