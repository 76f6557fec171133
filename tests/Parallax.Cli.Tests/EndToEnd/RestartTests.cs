using System.Net;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Upgrades: nothing is lost while one process ends and the next begins.</summary>
public sealed class RestartTests
{
    private const int Restarts = 2;

    [Fact]
    public async Task Capture_PassedSocket_EachPacketIsReadByOneProcess()
    {
        using var sink = Sink.Open();
        using var socket = PassedSocket.Udp();
        using var sender = new VxlanSender(socket.Address);
        var traffic = KeepAliveTraffic.Write(seed: 1, connections: 60, vni: 7);
        var parts = traffic.Segments.Chunk(1 + (traffic.Segments.Count / (2 * (Restarts + 1)))).ToList();
        var packets = 0L;
        var process = socket.Start(CaptureOf(socket, sink));
        foreach (var (part, next) in parts.Where((_, at) => at % 2 == 0).Zip(parts.Where((_, at) => at % 2 == 1)))
        {
            await process.Receiver();
            sender.Send(part);

            // While it ends and the next begins.
            var sending = Task.Run(() => sender.Send(next), TestContext.Current.CancellationToken);
            var ended = await process.Stop();
            process.Dispose();
            packets += ended.Account["packets"];
            Assert.Equal(0, ended.Account["kernelLoss"]);
            process = socket.Start(CaptureOf(socket, sink));
            await sending;
        }

        await process.Receiver();
        sender.WaitUntilRead();
        packets += (await process.Stop()).Account["packets"];
        process.Dispose();
        Assert.Equal(traffic.Segments.Count, packets);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Proxy_PassedSocket_EachRequestIsAnswered(bool keepsConnections)
    {
        using var primary = Sink.Open();
        using var socket = PassedSocket.Tcp();
        var process = socket.Start(ProxyOf(socket.Address, primary));
        var clients = new SteadyClients(socket.Address, keepsConnections);
        var answered = 0L;
        for (var restart = 0; restart < Restarts; restart++)
        {
            await process.LineWith("listening at ");
            await clients.Answers(200);
            var ended = await process.Stop();
            process.Dispose();
            answered += ended.Account.Answered;
            process = socket.Start(ProxyOf(socket.Address, primary));
        }

        await clients.Answers(200);
        var sent = await clients.End();
        answered += (await process.Stop()).Account.Answered;
        process.Dispose();
        Assert.Equal(sent, answered);
    }

    [Fact]
    public async Task Proxy_TakesOver_BothAnswerAndBothAccountForTheirPart()
    {
        using var primary = Sink.Open();
        using var first = RunningParallax.Start(ProxyOf(new(IPAddress.Loopback, 0), primary, "--admin", "0"));
        var line = await first.LineWith("listening at ");
        var address = IPEndPoint.Parse(line.Split("listening at ")[1].Split(',')[0]);
        var admin = line.Split("admin at ")[1];
        var clients = new SteadyClients(address, keepsConnections: false);
        await clients.Answers(50);

        using var refused = RunningParallax.Start(ProxyOf(address, primary));
        Assert.Contains("somebody listens there already", (await refused.End()).Errors);

        using var second = RunningParallax.Start(ProxyOf(address, primary, "--take-over", "--admin", admin));
        Assert.Contains($"admin at {admin} once that is free", await second.LineWith("listening at "));
        await clients.Answers(50);
        var before = await first.Stop();
        await clients.Answers(50);
        var sent = await clients.End();

        await second.LineWith($"admin port {admin} is free and open now");
        using var client = new HttpClient();
        var ready = await client.GetStringAsync(new Uri($"http://{admin}/ready"), TestContext.Current.CancellationToken);
        var after = await second.Stop();
        Assert.Equal("ready\n", ready);
        Assert.Equal(sent, before.Account.Answered + after.Account.Answered);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Capture_TakesOver_ReceivesNothingUntilTheOtherEnds(int shards)
    {
        using var sink = Sink.Open();
        using var first = RunningParallax.Start(CaptureOf(new(IPAddress.Loopback, 0), sink, shards));
        var address = await first.Receiver();
        using var sender = new VxlanSender(address);
        var traffic = KeepAliveTraffic.Write(seed: 3, connections: 30, vni: 7);
        var parts = traffic.Segments.Chunk(1 + (traffic.Segments.Count / 3)).ToList();
        sender.Send(parts[0]);

        using var refused = RunningParallax.Start(CaptureOf(address, sink, shards));
        Assert.Contains($"UDP port {address.Port} is taken", (await refused.End()).Errors);

        using var second = RunningParallax.Start([.. CaptureOf(address, sink, shards), "--take-over"]);
        Assert.Equal(address, await second.Receiver());
        sender.Send(parts[1]);
        var before = await first.Stop();
        sender.Send(parts[2]);
        var after = await second.Stop();
        Assert.Equal(
            (parts[0].Length + parts[1].Length, parts[2].Length),
            (before.Account["packets"], after.Account["packets"]));
    }

    [Fact]
    public async Task PassedSocket_ThatNobodyUses_IsAnError()
    {
        using var primary = Sink.Open();
        using var socket = PassedSocket.Tcp();
        using var proxy = socket.Start(ProxyOf(new(IPAddress.Loopback, 0), primary));
        var ended = await proxy.End();
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains($"TCP {socket.Address} was passed, but the run listens at TCP 127.0.0.1:0", ended.Errors);

        using var capture = socket.Start(CaptureOf(socket.Address, primary, 1));
        ended = await capture.End();
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains($"TCP {socket.Address} was passed, but the run listens at UDP {socket.Address}", ended.Errors);
    }

    [Theory]
    [InlineData("2", "was passed more than once; one is enough")]
    [InlineData("2147483647", "sockets of the service manager: descriptor ")]
    [InlineData("99999999999", "LISTEN_FDS=99999999999 is no number")]
    [InlineData("-1", "LISTEN_FDS=-1 is no number")]
    public async Task PassedSockets_WrongCount_IsAnError(string count, string why)
    {
        using var primary = Sink.Open();
        using var socket = PassedSocket.Tcp();
        using var proxy = socket.StartWithCount(count, ProxyOf(socket.Address, primary));
        var ended = await proxy.End();
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(why, ended.Errors);
    }

    [Fact]
    public async Task Proxy_DrainDelay_IsNotReadyAndStillAnswers()
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start(ProxyOf(new(IPAddress.Loopback, 0), primary, "--drain-delay", "10m", "--admin", "0"));
        var line = await parallax.LineWith("listening at ");
        var address = line.Split("listening at ")[1].Split(',')[0];
        var admin = line.Split("admin at ")[1];
        using var client = new HttpClient();
        await parallax.Signal("TERM");
        await parallax.LineWith("no longer ready; still listening for 10 min");

        using var ready = await client.GetAsync(new Uri($"http://{admin}/ready"), TestContext.Current.CancellationToken);
        using var live = await client.GetAsync(new Uri($"http://{admin}/live"), TestContext.Current.CancellationToken);
        using var answer = await client.GetAsync(new Uri($"http://{address}/"), TestContext.Current.CancellationToken);
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK, HttpStatusCode.OK),
            (ready.StatusCode, live.StatusCode, answer.StatusCode));
        Assert.True(answer.Headers.ConnectionClose);
        await parallax.Kill();
    }

    private static string[] CaptureOf(PassedSocket socket, Sink sink) => CaptureOf(socket.Address, sink, shards: 1);

    private static string[] CaptureOf(IPEndPoint address, Sink sink, int shards) =>
        ["capture", "--vxlan", $"{address}", "--to", sink.Url, "--shards", $"{shards}", "--json"];

    private static string[] ProxyOf(IPEndPoint address, Sink primary, params string[] more) =>
        ["proxy", "--listen", $"{address}", "--primary", primary.Url, "--json", .. more];
}
