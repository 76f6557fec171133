using System.Text.Json;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>JSON lines are a recording like the others, and rows of recordings say as much as those of captures.</summary>
public sealed class JsonLinesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-lines-").FullName;
    private readonly CaptureFile _capture = new(new FlowScript().Handshake()
        .Client("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
        .Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
        .Client("GET /b HTTP/1.1\r\nHost: a\r\n\r\n").Server("HTTP/1.1 204 No Content\r\n\r\n").Segments);

    public void Dispose()
    {
        _capture.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("a.jsonl")]
    [InlineData("a.jsonl.gz")]
    public async Task Replay_JsonLines_SendsTheOctetsThatWereSeen(string name)
    {
        using var sink = Sink.Open();
        await Ok("convert", _capture.Path, PathOf(name), "--keep-raw");
        await Ok("replay", PathOf(name), "--to", sink.Url, "--speed", "max");

        Assert.Equal(["/a", "/b"], sink.Targets.Order());
    }

    [Fact]
    public async Task Convert_ToLinesAndBack_GivesTheSameRecording()
    {
        await Ok("convert", _capture.Path, PathOf("a.gor"), "--keep-raw");
        await Ok("convert", _capture.Path, PathOf("a.jsonl"), "--keep-raw");
        await Ok("convert", PathOf("a.jsonl"), PathOf("b.gor"), "--keep-raw");

        Assert.Equal(File.ReadAllBytes(PathOf("a.gor")), File.ReadAllBytes(PathOf("b.gor")));
    }

    [Fact]
    public async Task Inspect_WhatCapturePrinted_IsARecordingWhateverItsName()
    {
        var printed = await Ok("capture", "--pcap", _capture.Path, "--stdout", "--json");
        File.WriteAllText(PathOf("printed"), printed);

        Assert.Equal(3, (await Ok("inspect", PathOf("printed"), "--list")).TrimEnd().Split('\n').Length);
        Assert.Contains("recording  .jsonl", await Ok("inspect", PathOf("printed")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_BrokenLine_TellsWhereAndShowsTheOthers()
    {
        await Ok("convert", _capture.Path, PathOf("a.jsonl"));
        var lines = File.ReadAllText(PathOf("a.jsonl"));
        File.WriteAllText(PathOf("a.jsonl"), lines.Replace("\"id\":2", "\"id\":null", StringComparison.Ordinal) + lines);

        var ended = await RunningParallax.Run("inspect", PathOf("a.jsonl"), "--list");
        Assert.Equal((1, 4), (ended.ExitCode, ended.Output.TrimEnd().Split('\n').Length));
        Assert.Contains($"warning: {PathOf("a.jsonl")}:2: id must be a whole number of 64 bits", ended.Errors, StringComparison.Ordinal);
    }

    // Columns after those that every tool knows, and the digests of the same bodies.
    [Theory]
    [InlineData("a.plx")]
    [InlineData("a.har")]
    [InlineData("a.gor")]
    [InlineData("a.jsonl")]
    public async Task Inspect_RowsOfARecording_HaveDigestsAndThreeColumnsMore(string name)
    {
        await Ok("convert", _capture.Path, PathOf(name), "--keep-raw");
        var rows = Rows(await Ok("inspect", PathOf(name), "--tsv"));
        var captured = Rows(await Ok("inspect", _capture.Path, "--tsv"));

        Assert.Equal("id,time,latency_ms", string.Join(',', rows[0][13..]));
        Assert.All(captured, row => Assert.Equal(13, row.Length));
        Assert.Equal(captured.Select(row => (row[7], row[8], row[10], row[11])), rows.Select(row => (row[7], row[8], row[10], row[11])));
        Assert.Matches("^[0-9a-f]{12}$", rows[1][8]);
        Assert.Equal(["1", "2"], rows[1..].Select(row => row[13]));
        Assert.All(rows[1..], row => Assert.Matches(@"^\d{4}-\d\d-\d\dT[0-9:]{8}\.\d{6}Z \d+\.\d{3}$", $"{row[14]} {row[15]}"));
    }

    [Fact]
    public async Task Capture_RecordShadows_RecordsWhatEachAnswered()
    {
        using var sink = Sink.Open();
        var printed = await Ok(
            "capture", "--pcap", _capture.Path, "--to", sink.Url, "--to", "http://127.0.0.1:1", "--json",
            "--record", PathOf("a.plx"), "--record-shadows");
        await Ok("convert", PathOf("a.plx"), PathOf("a.jsonl"));
        await Ok("convert", PathOf("a.plx"), PathOf("a.har"));

        Assert.Equal(4, JsonDocument.Parse(printed).RootElement.GetProperty("recording").GetProperty("shadows").GetInt32());
        var shadows = File.ReadAllLines(PathOf("a.jsonl"))
            .SelectMany(line => JsonDocument.Parse(line).RootElement.GetProperty("shadows").EnumerateArray())
            .Select(shadow => $"{shadow.GetProperty("failure")} {shadow.GetProperty("status")}").Order();
        Assert.Equal([" 200", " 200", "refused ", "refused "], shadows);
        Assert.Contains("\"_shadows\":[{", File.ReadAllText(PathOf("a.har")), StringComparison.Ordinal);
        Assert.Contains("shadows    4 answers or failures", await Ok("inspect", PathOf("a.plx")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Capture_RecordShadowsWithoutShadows_SaysWhatIsMissing()
    {
        var ended = await RunningParallax.Run("capture", "--pcap", _capture.Path, "--record", PathOf("a.plx"), "--record-shadows");

        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("--record-shadows records what shadows answer, but there are none", ended.Errors, StringComparison.Ordinal);
    }

    private static string[][] Rows(string text) => [.. text.TrimEnd('\n').Split('\n').Select(row => row.Split('\t'))];

    private static async Task<string> Ok(params string[] command)
    {
        var ended = await RunningParallax.Run(command);
        Assert.True(ended.ExitCode == 0, ended.Errors);
        return ended.Output;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
