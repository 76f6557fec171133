using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Exchanges are selected by the same options everywhere: by what they are, by number, by time.</summary>
public sealed class SelectionTests : IDisposable
{
    // Four exchanges, ten seconds apart from each other.
    private static readonly FlowScript Traffic = new FlowScript().Handshake()
        .Client("GET /orders?page=2 HTTP/1.1\r\nHost: shop\r\nCookie: lang=de\r\n\r\n")
        .Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        .Wait(TimeSpan.FromSeconds(10))
        .Client("POST /orders HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"coupon\": \"X\"}")
        .Server("HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{\"error\": \"stock\"}")
        .Wait(TimeSpan.FromSeconds(10))
        .Client("GET /health HTTP/1.1\r\nHost: shop\r\n\r\n")
        .Server("HTTP/1.1 204 No Content\r\n\r\n")
        .Wait(TimeSpan.FromSeconds(10))
        .Client("GET /users HTTP/1.1\r\nHost: admin.shop\r\n\r\n")
        .Server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        .Fin();

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-selection-").FullName;
    private readonly CaptureFile _file = new(Traffic.Segments);

    /// <summary>What is asked for, and the numbers of the exchanges that are.</summary>
    public static TheoryData<string, string> Selections => new()
    {
        { "", "1 2 3 4" },
        { "--allow status:^5", "2" },
        { "--allow status:^[45]", "2 4" },
        { "--deny status:^2", "2 4" },
        { "--allow body:coupon", "2" },
        { "--allow json:/coupon=^X$", "2" },
        { "--allow response-json:/error=stock", "2" },
        { "--allow cookie:lang:^de$", "1" },
        { "--allow host:^admin", "4" },
        { "--allow query:page", "1" },
        { "--allow path:orders --allow path:users", "1 2 4" },
        { "--allow path:orders --allow method:GET", "1" },
        { "--id 3", "3" },
        { "--id 1 --id 4", "1 4" },
        { "--id 1 --allow status:^5", "" },
        { "--from 5s", "2 3 4" },
        { "--from 5s --until 25s", "2 3" },
        { "--until 15s", "1 2" },
        { "--until 2023-11-14T22:13:25Z", "1" },
    };

    [Theory]
    [MemberData(nameof(Selections))]
    public async Task Inspect_Convert_AndReplay_SelectTheSame(string options, string expected)
    {
        string[] asked = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        await Ok("convert", _file.Path, PathOf("all.plx"), "--keep-raw");
        foreach (var input in new[] { _file.Path, PathOf("all.plx") })
        {
            Assert.Equal(expected, Numbers(await Ok(["inspect", input, "--list", .. asked])));
            var output = PathOf($"{Path.GetExtension(input)}-part.plx");
            await Ok(["convert", input, output, "--keep-raw", .. asked]);
            Assert.Equal(expected, Numbers(await Ok("inspect", output, "--list")));
        }

        using var sink = Sink.Open();
        await RunningParallax.Run(["replay", PathOf("all.plx"), "--to", sink.Url, "--speed", "max", .. asked]);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length, sink.Requests.Count);
    }

    [Fact]
    public async Task Convert_SelectionOfNothing_SaysSo()
    {
        var none = await Ok("convert", _file.Path, PathOf("none.plx"), "--id", "99");
        Assert.Contains("warning: the selection fits none of them; inspect --list", none.Errors, StringComparison.Ordinal);
        var one = await Ok("convert", _file.Path, PathOf("one.plx"), "--id", "3");
        Assert.DoesNotContain("the selection fits none", one.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_Selection_SaysHowManyItIs()
    {
        var ended = await Ok("inspect", _file.Path, "--allow", "status:^[45]");
        Assert.Contains("\nselected   2 of 4 exchanges\n", ended.Output, StringComparison.Ordinal);
        Assert.Contains("GET /users", ended.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("GET /health", ended.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Capture_RecordsAndPrintsWhatTheRulesSelect_AndAccountsForTheRest()
    {
        var ended = await Ok(
            "capture", "--pcap", _file.Path, "--stdout", "--json", "--allow", "path:orders", "--deny", "status:200",
            "--record", PathOf("a.plx"), "--record-allow", "status:^[24]", "--record-deny", "path:health");

        var account = JsonDocument.Parse(ended.Lines[^1]).RootElement;
        Assert.Equal("2", string.Join(' ', ended.Lines[..^1].Select(line => JsonDocument.Parse(line).RootElement.GetProperty("id"))));
        Assert.Equal((1, 3), (Number(account, "printed", "printed"), Number(account, "printed", "notMatched")));
        Assert.Equal(
            (4, 2, 2),
            (Number(account, "recording", "offered"), Number(account, "recording", "recorded"),
                Number(account, "recording", "notMatched")));
        Assert.Equal("1 4", Numbers(await Ok("inspect", PathOf("a.plx"), "--list")));
    }

    [Theory]
    [InlineData(
        "capture --pcap FILE --to http://127.0.0.1:1 --allow status:5",
        "looks at the response, but a copy is made before there is a response")]
    [InlineData("capture --pcap FILE --stdout --to http://127.0.0.1:1 --deny response-body:x", "looks at the response")]
    [InlineData(
        "proxy --listen 127.0.0.1:0 --primary http://127.0.0.1:1 --mirror http://127.0.0.1:1 --allow json:/a=1",
        "looks at the request's body, but a copy is begun when the request's head has come")]
    [InlineData("inspect FILE --list --tsv", "--list and --tsv do not go together")]
    [InlineData("inspect FILE --from 9s --until 3s", "--until: must be later than --from")]
    [InlineData("capture --pcap FILE --record-allow status:5 --stdout", "--record-allow says something about a recording, but no --record")]
    [InlineData("capture --pcap FILE --bodies none --record a.plx", "--bodies needs --stdout")]
    [InlineData("capture --pcap FILE --stdout --json --bodies none", "--bodies: JSON lines have every body")]
    public async Task Selection_ThatCannotBe_IsRefused(string command, string error)
    {
        var ended = await RunningParallax.Run(command.Replace("FILE", _file.Path, StringComparison.Ordinal).Split(' '));
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(error, ended.Errors, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _file.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Numbers(Ended ended) =>
        string.Join(' ', ended.Lines.Skip(1).Select(line => line.TrimStart().Split(' ')[0]));

    private static long Number(JsonElement account, string part, string name) => account.GetProperty(part).GetProperty(name).GetInt64();

    private static async Task<Ended> Ok(params string[] arguments)
    {
        var ended = await RunningParallax.Run(arguments);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return ended;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
