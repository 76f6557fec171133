using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>A proxy that may open few files: it serves whom it has, makes room, and lives.</summary>
public sealed class BoundsTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task FewDescriptors_MoreIdleClientsThanThereIsRoomFor_AreServedInTheirTurn(bool hasSilentMirror)
    {
        using var primary = Sink.Open();
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        string[] mirror = hasSilentMirror ? ["--mirror", $"http://{silent.LocalEndpoint}"] : [];
        using var parallax = Start(
            512, ["--listen", "127.0.0.1:0", "--primary", primary.Url, "--loops", "1", "--json", "--grace", "0s", .. mirror]);
        var address = await AddressAsync(parallax);

        // Some 200 have places. Fewer could all have come within the 20 ms that a client is not idle yet.
        List<TcpClient> clients = [];
        for (var number = 0; number < 600; number++)
        {
            var client = new TcpClient();
            await client.ConnectAsync(address, TestContext.Current.CancellationToken);
            clients.Add(client);
            Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(client));
        }

        clients.ForEach(client => client.Dispose());
        var ended = await parallax.Stop();
        Assert.Equal(0, ended.ExitCode);
        using var account = JsonDocument.Parse(ended.Lines[^1]);
        var proxy = account.RootElement.GetProperty("proxy");
        Assert.Equal(600, proxy.GetProperty("answeredByClass").GetProperty("2xx").GetInt32());
        Assert.InRange(proxy.GetProperty("closedIdle").GetInt32(), 300, 599);
        Assert.Empty(proxy.GetProperty("connectionsRefused").EnumerateObject());
    }

    [Fact]
    public async Task FewDescriptors_ClientsThatAreBusy_AreRefused_AndOthersServedAfterThem()
    {
        using var primary = Sink.Open();
        using var parallax = Start(256, "--listen", "127.0.0.1:0", "--primary", primary.Url, "--loops", "1", "--json");
        var address = await AddressAsync(parallax);
        List<TcpClient> clients = [];
        for (var number = 0; number < 300; number++)
        {
            var client = new TcpClient();
            clients.Add(client);
            _ = await TryConnectAsync(client, address) && await TryWriteAsync(client, "GET / HT"u8.ToArray());
        }

        clients.ForEach(client => client.Dispose());
        string answer;
        do
        {
            // Until the proxy has seen that those before are gone.
            using var client = new TcpClient();
            answer = await TryConnectAsync(client, address) ? await AskAsync(client) : "";
        }
        while (answer.Length == 0);

        Assert.StartsWith("HTTP/1.1 200 ", answer);
        var ended = await parallax.Stop();
        Assert.Equal(0, ended.ExitCode);
        using var account = JsonDocument.Parse(ended.Lines[^1]);
        var refused = account.RootElement.GetProperty("proxy").GetProperty("connectionsRefused");
        Assert.True(refused.GetProperty("too-many").GetInt32() > 0);
    }

    [Fact]
    public async Task FewDescriptors_UploadsThatTakeAllPlaces_LeaveAClientInUseItsPrimary()
    {
        using var primary = Sink.Open();
        using var parallax = Start(256, "--listen", "127.0.0.1:0", "--primary", primary.Url, "--loops", "1", "--json");
        var address = await AddressAsync(parallax);
        using var inUse = new TcpClient();
        await inUse.ConnectAsync(address, TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(inUse));

        // So much of each that it is fast enough for minutes; as it pauses then, it ends after 60 s.
        var beforeTheyEnd = TimeSpan.FromSeconds(30);
        var upload = System.Text.Encoding.ASCII.GetBytes(
            $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n{new string('a', 100_000)}");
        List<TcpClient> clients = [];
        for (var number = 0; number < 100; number++)
        {
            var client = new TcpClient();
            clients.Add(client);
            _ = await TryConnectAsync(client, address) && await TryWriteAsync(client, upload);
            Assert.StartsWith("HTTP/1.1 200 ", await AskAsync(inUse).WaitAsync(beforeTheyEnd, TestContext.Current.CancellationToken));
        }

        clients.ForEach(client => client.Dispose());
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
    }

    [Theory]
    [InlineData(48, "may open 48 files, and needs 128 at least")]
    [InlineData(72, "may open 72 files, and needs 128 at least")]
    [InlineData(130, "which leaves ")]
    [InlineData(256, "--max-connections 9999: there is room for ")]
    public async Task MoreThanThereIsRoomFor_IsAnErrorThatSaysHowMuchThereIs(int descriptors, string expected)
    {
        using var primary = Sink.Open();
        using var parallax = Start(
            descriptors, "--listen", "127.0.0.1:0", "--primary", primary.Url, "--loops", "1", "--max-connections", "9999");
        var ended = await parallax.End();
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(expected, ended.Errors);
    }

    [Fact]
    public async Task MemoryLimit_BoundsConnections()
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start(
            "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--memory-limit", "256mb", "--max-connections", "1025");
        var ended = await parallax.End();
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("there is room for 1024", ended.Errors);
        Assert.Contains("a heap of 192 MiB", ended.Errors);
    }

    private static RunningParallax Start(int descriptors, params string[] arguments) => RunningParallax.StartThrough(
        ["bash", "-c", $"ulimit -n {descriptors}; exec \"$@\"", "_", RunningParallax.Program, "proxy"], arguments);

    private static async Task<IPEndPoint> AddressAsync(RunningParallax parallax) =>
        IPEndPoint.Parse((await parallax.LineWith("listening at ")).Split("listening at ")[1].Split(',')[0]);

    // One that is refused is closed as soon as it is accepted, which may be before connecting is over.
    private static async Task<bool> TryConnectAsync(TcpClient client, IPEndPoint address)
    {
        try
        {
            await client.ConnectAsync(address, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // What it answers; empty when it closes instead.
    private static async Task<string> AskAsync(TcpClient client)
    {
        if (!await TryWriteAsync(client, System.Text.Encoding.ASCII.GetBytes(Get)))
        {
            return "";
        }

        try
        {
            var room = new byte[1024];
            var length = await client.GetStream().ReadAsync(room, TestContext.Current.CancellationToken);
            return System.Text.Encoding.ASCII.GetString(room, 0, length);
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task<bool> TryWriteAsync(TcpClient client, byte[] octets)
    {
        try
        {
            await client.GetStream().WriteAsync(octets, TestContext.Current.CancellationToken);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
