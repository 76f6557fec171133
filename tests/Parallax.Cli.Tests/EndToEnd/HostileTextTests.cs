using System.Net;
using System.Net.Sockets;
using System.Text;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Control characters that a stranger sends reach neither a terminal nor the lines of a log.</summary>
public sealed class HostileTextTests : IDisposable
{
    private const string Nasty = "/\u001b]0;owned\u0007\u009b2J\"x";

    private readonly string _log = Path.GetTempFileName();

    public void Dispose() => File.Delete(_log);

    [Theory]
    [InlineData("inspect")]
    [InlineData("inspect", "--tsv")]
    [InlineData("inspect", "--json")]
    [InlineData("capture", "--stdout", "--pcap")]
    [InlineData("capture", "--stdout", "--json", "--pcap")]
    public async Task File_ControlCharactersInARequest_AreEscaped(params string[] command)
    {
        var head = Encoding.Latin1.GetBytes($"GET {Nasty} HTTP/1.1\r\nHost: a\r\nX-\u009b: \u001b[2J\r\nContent-Length: 11\r\n\r\n");
        using var file = new CaptureFile(new FlowScript().Handshake().Client(head).Client("body\u009b2J\rx"u8.ToArray()).Fin().Segments);
        var options = command.Where(word => word != "--pcap").Skip(1);
        var ended = await RunningParallax.Run(
            [command[0], .. command.Contains("--pcap") ? (string[])["--pcap", file.Path] : [file.Path], .. options]);
        AssertPlain(ended.Output);
        AssertPlain(ended.Errors);
        Assert.NotEmpty(ended.Output);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("common")]
    public async Task AccessLog_ControlCharactersInARequest_AreOnePlainLineEach(string format)
    {
        using var primary = Sink.Open();
        using var parallax = RunningParallax.Start(
            "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--access-log", _log, "--access-log-format", format);
        var address = IPEndPoint.Parse((await parallax.LineWith("listening at ")).Split("listening at ")[1]);
        foreach (var request in (string[])
            [
                "GET /\"\\\u00ff HTTP/1.1\r\nHost: a\r\nUser-Agent: \t\u0080\u009b\" x\r\nConnection: close\r\n\r\n",
                $"GET {Nasty} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nReferer: \u001b[1m\r\nConnection: close\r\n\r\n",
            ])
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(address, TestContext.Current.CancellationToken);
            await client.SendAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
            var answer = new byte[4096];
            while (await client.ReceiveAsync(answer, TestContext.Current.CancellationToken) > 0)
            {
            }
        }

        var ended = await parallax.Stop();
        AssertPlain(ended.Errors);
        var log = await File.ReadAllTextAsync(_log, TestContext.Current.CancellationToken);
        AssertPlain(log);
        Assert.All(log, character => Assert.True(char.IsAscii(character)));
    }

    private static void AssertPlain(string text) =>
        Assert.DoesNotContain(text, character => char.IsControl(character) && character is not ('\n' or '\t'));
}
