using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Capture files that are one capture, and files that are not whole, as every command takes them.</summary>
public sealed class SeveralFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-files-").FullName;
    private readonly Sink _sink = Sink.Open();
    private readonly string _first;
    private readonly string _second;

    // The POST is in both files.
    public SeveralFilesTests()
    {
        var script = new FlowScript { MaxSegmentOctets = 200 }.Handshake()
            .Client("GET /1 HTTP/1.1\r\nHost: a\r\n\r\n").Server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            .Client($"POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n{new string('x', 900)}")
            .Server("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").Fin();
        _first = Write("0.pcap", script.Segments.Take(7));
        _second = Write("1.pcap", script.Segments.Skip(7));
    }

    public static TheoryData<string> Commands => ["inspect", "capture", "replay", "convert"];

    public void Dispose()
    {
        _sink.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task FilesOfOneCapture_InAnyOrder_AreOne(string command)
    {
        foreach (var files in new[] { new[] { _first, _second }, [_second, _first] })
        {
            Assert.Equal((0, 2), await RequestsOf(command, files));
        }
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task FileThatBreaksOff_IsToldAndFailsTheRun(string command)
    {
        File.WriteAllBytes(_second, File.ReadAllBytes(_second)[..^5]);
        var ended = await Run(command, [_first, _second], "--quiet");

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains($"warning: {_second}", ended.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task LinkTypeThatIsNotKnown_IsToldAndFailsTheRun(string command)
    {
        var octets = File.ReadAllBytes(_second);
        octets[20] = 189; // USB
        File.WriteAllBytes(_second, octets);
        var ended = await Run(command, [_first, _second]);

        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("link type 189", ended.Errors, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, int Requests)> RequestsOf(string command, string[] files)
    {
        var before = _sink.Requests.Count;
        var ended = await Run(command, files);
        return (ended.ExitCode, command switch
        {
            "inspect" => ended.Lines.Count(line => line.Split('\t') is ["h1", _, _, _, not "-", .., var flags] && !flags.Contains('Q')),
            "convert" => File.ReadAllLines(Path.Combine(_folder, "out.jsonl")).Length,
            _ => _sink.Requests.Count - before,
        });
    }

    private Task<Ended> Run(string command, string[] files, params string[] more) => RunningParallax.Run([.. command switch
    {
        "inspect" => (string[])[command, .. files, "--tsv"],
        "convert" => [command, .. files, Path.Combine(_folder, "out.jsonl"), "--force"],
        "replay" => [command, .. files, "--to", _sink.Url, "--speed", "max"],
        _ => [command, .. files.SelectMany(file => new[] { "--pcap", file }), "--to", _sink.Url],
    }, .. more]);

    private string Write(string name, IEnumerable<ScriptedSegment> segments)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, CaptureFile.Octets(segments, Encode.Ethernet));
        return path;
    }
}
