using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Bodies of every size arrive at the shadow octet for octet, framing and trailers included.</summary>
public class LargeBodiesTests
{
    // For a machine that has other things to do.
    private static readonly string[] s_patience = ["--max-body", "70mb", "--timeout", "80s"];

    private const int KiB = 1 << 10;
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData(200 * KiB, 1_460)]
    [InlineData(1 * MiB, 1_460)]
    [InlineData(8 * MiB, 8_900)]
    [InlineData(64 * MiB, 60_000)]
    public async Task Vxlan_BodiesByLengthAndChunked_ArriveUnchanged(int bytes, int segmentOctets)
    {
        using var sink = Sink.Open();
        using var parallax = RunningParallax.Start(["capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url, "--json", .. s_patience]);
        using var tap = new VxlanSender(await parallax.Receiver());
        Message[] messages = [WithLength(bytes), Chunked(bytes)];
        foreach (var message in messages)
        {
            tap.Send(message.Captured(segmentOctets));
            await sink.Receive(1);
        }

        AssertArrived(messages, sink);
        var account = (await parallax.Stop()).Account.AssertAddsUp();
        Assert.Equal((2, 0), (account.Of("answered"), account["kernelLoss"]));
    }

    [Theory]
    [InlineData(200 * KiB)]
    [InlineData(1 * MiB)]
    [InlineData(8 * MiB)]
    [InlineData(64 * MiB)]
    public async Task File_BodiesByLengthAndChunked_ArriveUnchanged(int bytes)
    {
        using var sink = Sink.Open();
        Message[] messages = [WithLength(bytes), Chunked(bytes)];
        using var file = new CaptureFile(messages.SelectMany(message => message.Captured(60_000)));
        var ended = await RunningParallax.Run(["capture", "--pcap", file.Path, "--to", sink.Url, "--json", .. s_patience]);
        AssertArrived(messages, sink);
        Assert.Equal((0, 2), (ended.ExitCode, ended.Account.AssertAddsUp().Of("answered")));
    }

    [Fact]
    public async Task Defaults_TakeABodyOfTheLargestSize()
    {
        using var sink = Sink.Open();
        using var parallax = RunningParallax.Start("capture", "--vxlan", "127.0.0.1:0", "--to", sink.Url, "--timeout", "80s");
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(WithLength(64 * MiB).Captured(60_000));
        await sink.Receive(1);
    }

    [Fact]
    public async Task BodyBeyondTheLimit_IsCountedAndNotSent()
    {
        using var sink = Sink.Open();
        using var file = new CaptureFile(WithLength(200 * KiB).Captured(1460));
        var account = (await RunningParallax.Run("capture", "--pcap", file.Path, "--to", sink.Url, "--max-body", "100k", "--json")).Account;
        account.AssertAddsUp();
        Assert.Equal((1, 1), (account["requestsTruncated"], account.Of("dropped", "body-truncated")));
        Assert.Empty(sink.Requests);
    }

    private static Message WithLength(int bytes) =>
        new(1, $"PUT /length HTTP/1.1\r\nHost: a\r\nContent-Length: {bytes}\r\n\r\n", Content(bytes));

    private static Message Chunked(int bytes)
    {
        var random = new Random(bytes);
        using var body = new MemoryStream();
        var content = Content(bytes).AsSpan();
        while (!content.IsEmpty)
        {
            var chunk = content[..Math.Min(content.Length, random.Next(1, bytes / 4))];
            body.Write(Encoding.Latin1.GetBytes(chunk.Length.ToString(random.Next(2) == 0 ? "x" : "X6", CultureInfo.InvariantCulture)));
            body.Write(random.Next(2) == 0 ? "\r\n"u8 : ";ext=\"1\"\r\n"u8);
            body.Write(chunk);
            body.Write("\r\n"u8);
            content = content[chunk.Length..];
        }

        body.Write("0\r\nX-Sum: 42\r\nx-more:  yes \r\n\r\n"u8);
        return new(2, "POST /chunked HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n", body.ToArray());
    }

    private static byte[] Content(int bytes)
    {
        var content = new byte[bytes];
        new Random(bytes).NextBytes(content);
        return content;
    }

    private static void AssertArrived(IEnumerable<Message> messages, Sink sink)
    {
        Assert.Equal(
            messages.Select(message => (message.Target, Convert.ToHexString(SHA256.HashData(message.Body)))).Order(),
            sink.Requests.Select(request => (request.Target, Convert.ToHexString(SHA256.HashData(request.Body)))).Order());
    }

    private sealed record Message(int Connection, string Head, byte[] Body)
    {
        public string Target => Head.Split(' ')[1];

        public IEnumerable<ScriptedSegment> Captured(int segmentOctets) => new FlowScript(FlowEndpoints.Numbered(Connection))
        {
            MaxSegmentOctets = segmentOctets,
        }.Handshake().Client(Head).Client(Body).Server("HTTP/1.1 204 No Content\r\n\r\n").Fin().Segments;
    }
}
