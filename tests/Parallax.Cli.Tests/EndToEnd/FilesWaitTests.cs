using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>A file can wait: reading it faster than the shadow answers drops nothing, whatever the bounds.</summary>
public class FilesWaitTests
{
    [Fact]
    public async Task ManyRequests_SmallQueue_AllArrive()
    {
        using var sink = Sink.Open();
        var requests = string.Concat(Enumerable.Range(0, 3_000).Select(n => $"GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n"));
        using var file = new CaptureFile(new FlowScript().Handshake().Client(requests).Fin().Segments);
        await AssertAllArrive(sink, file, 3_000, "--queue", "4", "--connections", "2");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LargeRequests_SmallMemory_AllArrive(bool keepSessions)
    {
        using var sink = Sink.Open();
        using var file = new CaptureFile(Enumerable.Range(0, 60).SelectMany(n => new FlowScript(FlowEndpoints.Numbered(n))
        {
            MaxSegmentOctets = 60_000,
        }.Handshake().Client("POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n").Client(new byte[1_000_000]).Fin().Segments));
        await AssertAllArrive(
            sink, file, 60, keepSessions ? ["--memory", "8mb", "--keep-sessions"] : ["--memory", "8mb", "--queue-bytes", "2mb"]);
    }

    [Fact]
    public async Task Printing_WaitsForItsReader()
    {
        var requests = string.Concat(Enumerable.Range(0, 30_000).Select(n => $"GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n"));
        using var file = new CaptureFile(new FlowScript().Handshake().Client(requests).Fin().Segments);
        var ended = await RunningParallax.Run("capture", "--pcap", file.Path, "--stdout", "--json");
        Assert.Equal(30_001, ended.Lines.Length);
    }

    private static async Task AssertAllArrive(Sink sink, CaptureFile file, int count, params string[] options)
    {
        var ended = await RunningParallax.Run(["capture", "--pcap", file.Path, "--to", sink.Url, "--json", .. options]);
        var account = ended.Account.AssertAddsUp();
        Assert.True(account.Of("answered") == count, account.ToString());
        Assert.Equal((0, count), (ended.ExitCode, sink.Requests.Count));
    }
}
