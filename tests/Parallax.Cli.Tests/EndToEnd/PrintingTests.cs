using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>What <c>--stdout</c> prints: exchanges as they were, for people or machines, without secrets unless asked for.</summary>
public class PrintingTests
{
    private static readonly FlowScript Traffic = new FlowScript().Handshake()
        .Client("POST /orders?id=1 HTTP/1.1\r\nhOsT: shop\r\nauthorization: Bearer s3cret\r\nCookie: sid=s3cret\r\n")
        .Client("Content-Length: 13\r\n\r\n{\"apples\": 5}")
        .Server("HTTP/1.1 200 OK\r\nSet-Cookie: sid=s3cret\r\nContent-Length: 12\r\n\r\n{\"pears\": 2}")
        .Client("PUT /picture HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\n\u0001\u0002\u0003\u0004")
        .Fin();

    [Fact]
    public async Task Count_CountsWhatArrivesAndNothingElse()
    {
        using var file = new CaptureFile(new FlowScript().Handshake().Client("GET / HTTP/1.1\r\nHost: a\r\n\r\n").Segments);
        var ended = await RunningParallax.Run("capture", "--pcap", file.Path, "--count");
        Assert.Equal((0, ""), (ended.ExitCode, ended.Output));
        Assert.Contains("requests   1 seen = 1 complete", ended.Errors);
    }

    [Fact]
    public async Task Text_ReadsLikeAnExchange()
    {
        var ended = await Print();
        Assert.Matches("^# 1 22:13:20\\.[0-9]{3} POST /orders\\?id=1 → 200 in [0-9.]+ [µm]s, from 10\\.0\\.0\\.1:40000\n", ended.Output);
        Assert.Contains("\nPOST /orders?id=1 HTTP/1.1\nhOsT: shop\nauthorization: Bearer ⟦", ended.Output);
        Assert.Contains("\nContent-Length: 13\n\n{\"apples\": 5}\n", ended.Output);
        Assert.Contains("\nHTTP/1.1 200 OK\nSet-Cookie: sid=⟦cookie:", ended.Output);
        Assert.Contains("# 2 ", ended.Output);
        Assert.Contains(" PUT /picture → no response, from ", ended.Output);
        Assert.DoesNotContain("s3cret", ended.Output + ended.Errors);
        Assert.DoesNotContain('\e', ended.Output);
    }

    [Theory]
    [InlineData("request", true, false)]
    [InlineData("response", false, true)]
    [InlineData("both", true, true)]
    [InlineData("none", false, false)]
    public async Task Bodies_SaysWhichAreShown(string which, bool hasRequests, bool hasResponses)
    {
        var ended = await Print("--bodies", which);
        Assert.Equal(hasRequests, ended.Output.Contains("{\"apples\": 5}", StringComparison.Ordinal));
        Assert.Equal(hasResponses, ended.Output.Contains("{\"pears\": 2}", StringComparison.Ordinal));
        Assert.Contains("HTTP/1.1 200 OK", ended.Output);
    }

    [Theory]
    [InlineData("--stdout")]
    [InlineData("--json")]
    public async Task DiskFull_SaysSoOnceAndFails(string form)
    {
        using var file = new CaptureFile(Traffic.Segments);
        using var parallax = RunningParallax.StartThrough(
            ["sh", "-c", "exec \"$@\" > /dev/full", "sh", RunningParallax.Program], "capture", "--pcap", file.Path, "--stdout", form);
        var ended = await parallax.End();

        Assert.Equal(1, ended.ExitCode);
        Assert.Equal(2, ended.Errors.Split("parallax: cannot write to standard output: No space left on device").Length);
        Assert.DoesNotContain("too slow", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KeepRaw_ShowsCredentials()
    {
        Assert.Contains("authorization: Bearer s3cret\nCookie: sid=s3cret\n", (await Print("--keep-raw")).Output);
        Assert.Contains("Bearer s3cret", (await Print("--keep-raw", "--json")).Output);
    }

    [Fact]
    public async Task Json_IsOneObjectALine()
    {
        var ended = await Print("--json");
        var lines = ended.Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["exchange", "exchange", "account"], lines.Select(line => line.GetProperty("kind").GetString()));
        Assert.Equal(("POST", "/orders?id=1"), (Text(lines[0], "method"), Text(lines[0], "target")));
        Assert.Equal((200, "{\"apples\": 5}"), (lines[0].GetProperty("status").GetInt32(), Text(lines[0], "requestBody")));
        Assert.Equal("[\"hOsT\",\"shop\"]", lines[0].GetProperty("requestHeaders")[0].GetRawText());
        Assert.Equal((1, JsonValueKind.Null), (lines[0].GetProperty("schema").GetInt32(), lines[1].GetProperty("status").ValueKind));
        Assert.Equal(2, lines[2].GetProperty("printed").GetProperty("printed").GetInt32());
        Assert.DoesNotContain("s3cret", ended.Output);
        ended.Account.AssertAddsUp();
    }

    [Fact]
    public async Task Quiet_SaysNothingOnStandardError() => Assert.Equal("", (await Print("--quiet")).Errors);

    private static async Task<Ended> Print(params string[] options)
    {
        using var file = new CaptureFile(Traffic.Segments);
        var ended = await RunningParallax.Run(["capture", "--pcap", file.Path, "--stdout", .. options]);
        Assert.Equal(0, ended.ExitCode);
        return ended;
    }

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();
}
