using System.Text;
using System.Text.Json;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Recording, converting and inspecting, as a user does it.</summary>
public sealed class RecordingTests : IDisposable
{
    private const string Secret = "s3cret";

    private static readonly FlowScript Traffic = new FlowScript().Handshake()
        .Client($"POST /orders?token={Secret} HTTP/1.1\r\nHost: shop\r\nCookie: sid={Secret}\r\nX-Tenant: {Secret}\r\n")
        .Client("Content-Length: 13\r\n\r\n{\"apples\": 5}")
        .Server($"HTTP/1.1 200 OK\r\nSet-Cookie: sid={Secret}\r\nContent-Length: 2\r\n\r\nok")
        .Client("PUT /picture HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\n\u0001\u0002\u0003\u0004")
        .Server("HTTP/1.1 204 No Content\r\n\r\n")
        .Fin();

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-recording-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Record_ByDefault_HoldsExchangesWithoutSecrets()
    {
        using var file = new CaptureFile(Traffic.Segments);
        var ended = await RunningParallax.Run("capture", "--pcap", file.Path, "--record", PathOf("a.plx"), "--json");

        var recording = Recording(ended);
        Assert.Equal((2, 2, 2), (Number(recording, "offered"), Number(recording, "recorded"), Number(recording, "redacted")));
        Assert.Equal(1, Number(recording.GetProperty("withheldBodies"), "opaque"));
        var octets = Encoding.UTF8.GetString(await File.ReadAllBytesAsync(PathOf("a.plx"), TestContext.Current.CancellationToken));
        Assert.DoesNotContain(Secret, octets, StringComparison.Ordinal);
        Assert.Contains("POST /orders?token=%E2%9F%A6secret:", octets, StringComparison.Ordinal);
        Assert.Contains("{\"apples\": 5}", octets, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Record_NameThatIsTaken_SaysTheNameThatIsWritten()
    {
        using var file = new CaptureFile(Traffic.Segments);
        await Ok("capture", "--pcap", file.Path, "--record", PathOf("a.plx"));
        var again = await Ok("capture", "--pcap", file.Path, "--record", PathOf("a.plx"));
        Assert.Contains($"{PathOf("a-2.plx")}: ", again.Errors, StringComparison.Ordinal);
        using var live = RunningParallax.Start("capture", "--vxlan", "127.0.0.1:0", "--record", PathOf("a.plx"));
        Assert.EndsWith($", recorded to {PathOf("a-3.plx")}", await live.LineWith("capturing from "), StringComparison.Ordinal);
        Assert.Equal(0, (await live.Stop()).ExitCode);
    }

    [Fact]
    public async Task Convert_BodyThatIsNoText_IsWithheldUnlessItIsKept()
    {
        using var file = new CaptureFile(Traffic.Segments);
        var withheld = (await Ok("convert", file.Path, PathOf("a.gor"))).Errors;
        Assert.Contains("warning: 1 bodies or parts of bodies withheld", withheld, StringComparison.Ordinal);
        Assert.Contains("--keep-opaque keeps what is not text", withheld, StringComparison.Ordinal);
        var kept = await Ok("convert", file.Path, PathOf("c.gor"), "--keep-opaque");
        Assert.DoesNotContain("withheld", kept.Errors, StringComparison.Ordinal);
        var octets = await File.ReadAllBytesAsync(PathOf("c.gor"), TestContext.Current.CancellationToken);
        Assert.True(octets.AsSpan().IndexOf("\u0001\u0002\u0003\u0004"u8) > 0);
    }

    [Fact]
    public async Task Record_KeepRaw_HoldsEveryOctetAndConvertsToHarAndBack()
    {
        using var file = new CaptureFile(Traffic.Segments);
        await Ok("capture", "--pcap", file.Path, "--record", PathOf("a.plx"), "--keep-raw");
        await Ok("convert", PathOf("a.plx"), PathOf("b.har"), "--keep-raw");
        await Ok("convert", PathOf("b.har"), PathOf("c.gor.gz"), "--keep-raw");
        await Ok("convert", PathOf("c.gor.gz"), PathOf("d.plx"), "--keep-raw", "--compress", "brotli");

        Assert.Equal(Messages("a.plx"), Messages("d.plx"));
        Assert.Contains($"Cookie: sid={Secret}", Messages("a.plx")[0], StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nok", Messages("a.plx")[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_CaptureFile_IsWhatRecordingItGives()
    {
        using var file = new CaptureFile(Traffic.Segments);
        await Ok("capture", "--pcap", file.Path, "--record", PathOf("a.plx"), "--keep-raw");
        await Ok("convert", file.Path, PathOf("b.plx"), "--keep-raw");

        Assert.Equal(Messages("a.plx"), Messages("b.plx"));
    }

    [Fact]
    public async Task Convert_ByDefault_ReplacesSecretsAndWarnsWhenItDoesNot()
    {
        using var file = new CaptureFile(Traffic.Segments);
        await Ok("convert", file.Path, PathOf("a.jsonl"), "--keep-header", "x-tenant");
        Assert.Contains(Secret, string.Concat(File.ReadLines(PathOf("a.jsonl"))), StringComparison.Ordinal);
        await Ok("convert", file.Path, PathOf("b.jsonl"));
        Assert.DoesNotContain(Secret, string.Concat(File.ReadLines(PathOf("b.jsonl"))), StringComparison.Ordinal);

        var ended = await RunningParallax.Run("convert", file.Path, PathOf("c.gor"), "--keep-raw");
        Assert.Contains("warning: ", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("holds secrets as they were", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_Recording_TellsWhatIsInIt()
    {
        using var file = new CaptureFile(Traffic.Segments);
        await Ok("capture", "--pcap", file.Path, "--record", PathOf("a.plx"), "--keep-opaque");

        var text = (await Ok("inspect", PathOf("a.plx"))).Output;
        Assert.Contains("recording  .plx", text, StringComparison.Ordinal);
        Assert.Contains("redacted", text, StringComparison.Ordinal);
        Assert.Contains("whole", text, StringComparison.Ordinal);
        Assert.Contains("POST /orders", text, StringComparison.Ordinal);
        Assert.Contains("\t/picture\t4\t", (await Ok("inspect", PathOf("a.plx"), "--tsv")).Output, StringComparison.Ordinal);
        var json = JsonDocument.Parse((await Ok("inspect", PathOf("a.plx"), "--json")).Output).RootElement;
        Assert.Equal(2, json.GetProperty("all").GetProperty("exchanges").GetInt32());
        Assert.True(json.GetProperty("recording").GetProperty("closed").GetBoolean());
    }

    [Fact]
    public async Task Inspect_DamagedRecording_SaysWhatWasLeftOut()
    {
        using var file = new CaptureFile(Traffic.Segments);
        await Ok("convert", file.Path, PathOf("a.plx"));
        var octets = await File.ReadAllBytesAsync(PathOf("a.plx"), TestContext.Current.CancellationToken);
        octets[PlxFileHeader.Length + PlxBlockHeader.Length + 10] ^= 1;
        await File.WriteAllBytesAsync(PathOf("a.plx"), octets, TestContext.Current.CancellationToken);

        var inspected = await RunningParallax.Run("inspect", PathOf("a.plx"));
        Assert.Equal(1, inspected.ExitCode);
        Assert.Matches("left out +[0-9,]+ bytes that are damaged or torn, 2 exchanges in them", inspected.Output);
        Assert.Contains("UTC, DAMAGED", inspected.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.txt", "the ending says no format; write .plx, .gor")]
    [InlineData("nowhere/a.plx", "cannot be created")]
    public async Task Convert_OutputNotRight_IsOneLine(string output, string why)
    {
        using var file = new CaptureFile(Traffic.Segments);
        AssertRefused(await RunningParallax.Run("convert", file.Path, PathOf(output)), why);
    }

    [Fact]
    public async Task Convert_OutputThere_IsRefusedUnlessForced()
    {
        using var file = new CaptureFile(Traffic.Segments);
        await File.WriteAllTextAsync(PathOf("a.plx"), "mine", TestContext.Current.CancellationToken);

        AssertRefused(await RunningParallax.Run("convert", file.Path, PathOf("a.plx")), "is there already");
        Assert.Equal("mine", await File.ReadAllTextAsync(PathOf("a.plx"), TestContext.Current.CancellationToken));
        await Ok("convert", file.Path, PathOf("a.plx"), "--force");
        Assert.Equal(4, Messages("a.plx").Count);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("just text", "is not a recording")]
    [InlineData("{\"a\": 1}", "has no log.entries")]
    [InlineData("1 a 2\nno end", "is no .gor recording")]
    public async Task Convert_InputNotRight_IsOneLineAndLeavesNothing(string text, string why)
    {
        await File.WriteAllTextAsync(PathOf("in"), text, TestContext.Current.CancellationToken);
        AssertRefused(await RunningParallax.Run("convert", PathOf("in"), PathOf("out.plx")), why);
        Assert.Equal(["in"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("a.gor", "does not end in .plx")]
    [InlineData("nowhere/a.plx", "does not exist; create it first")]
    [InlineData("%Q.plx", "does not know %Q")]
    public async Task Record_PathNotRight_IsOneLine(string name, string why) =>
        AssertRefused(await RunningParallax.Run("capture", "--vxlan", "0", "--record", PathOf(name)), why);

    [Fact]
    public async Task Record_OptionsWithoutIt_IsOneLine() => AssertRefused(
        await RunningParallax.Run("capture", "--vxlan", "0", "--stdout", "--record-size", "1mb"),
        "--record-size says something about a recording");

    // The process ends wherever it happens to be; every time the file must hold a beginning of what was sent, and can be finished.
    [Fact]
    public async Task Record_KilledAtTwentyMoments_HoldsABeginningEachTime()
    {
        var traffic = new FlowScript().Handshake();
        for (var id = 0; id < 3000; id++)
        {
            traffic.Client($"GET /{id} HTTP/1.1\r\nHost: a\r\n\r\n")
                .Server($"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{new string('x', 900)}");
        }

        var octets = CaptureFile.Octets(traffic.Segments, Encode.Ethernet).ToArray();
        var random = new Random(7);
        var most = 0;
        for (var moment = 0; moment < 20; moment++)
        {
            var path = PathOf($"{moment}.plx");
            using var parallax = RunningParallax.Start("capture", "--pcap", "-", "--record", path, "--keep-raw");
            await parallax.Write(octets[..random.Next(octets.Length)]);
            await parallax.Kill();
            if (new FileInfo(path + ".part") is not { Exists: true, Length: >= PlxFileHeader.Length })
            {
                continue; // before it had begun
            }

            var begun = Messages($"{moment}.plx.part");
            var count = begun.Count / 2;
            Assert.Equal(Enumerable.Range(0, count).Select(id => $"GET /{id} HTTP/1.1"), begun.Where((_, at) => at % 2 == 0).Select(Line));
            most = Math.Max(most, count);
            await Ok("capture", "--pcap", await Empty(), "--record", path, "--keep-raw");
            Assert.Equal(count * 2, Messages($"{moment}.plx").Count);
        }

        Assert.True(most > 500, $"{most} exchanges at most: it was killed too early every time");
    }

    private static string Line(string message) => message[..message.IndexOf('\r')];

    private static JsonElement Recording(Ended ended)
    {
        Assert.Equal(0, ended.ExitCode);
        var recording = JsonDocument.Parse(ended.Lines[^1]).RootElement.GetProperty("recording");
        var dropped = recording.GetProperty("dropped").EnumerateObject().Sum(each => each.Value.GetInt64());
        Assert.Equal(Number(recording, "offered"), Number(recording, "recorded") + dropped);
        return recording;
    }

    private static long Number(JsonElement element, string name) => element.GetProperty(name).GetInt64();

    private static async Task<Ended> Ok(params string[] arguments)
    {
        var ended = await RunningParallax.Run(arguments);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return ended;
    }

    private static void AssertRefused(Ended ended, string why)
    {
        var line = Assert.Single(ended.Errors.Split('\n'));
        Assert.StartsWith("parallax: ", line, StringComparison.Ordinal);
        Assert.Contains(why, line, StringComparison.Ordinal);
        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
    }

    private async Task<string> Empty()
    {
        var path = PathOf("empty.pcap");
        await File.WriteAllBytesAsync(path, CaptureFile.Octets([], Encode.Ethernet).ToArray());
        return path;
    }

    private List<string> Messages(string name)
    {
        using var reader = RecordingFormats.Open(PathOf(name));
        var messages = new List<string>();
        while (reader.TryRead(out var entry))
        {
            messages.AddRange([Encoding.Latin1.GetString(entry.Request), Encoding.Latin1.GetString(entry.Response)]);
        }

        return messages;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
