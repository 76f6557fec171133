using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.EndToEnd;

/// <summary>Whatever is wrong: one line that says what, where and what would be right, and exit code 2.</summary>
public class ErrorsTests
{
    private const string Somewhere = "http://127.0.0.1:9";

    [Theory]
    [InlineData("", "there is no command", "nonsense")]
    [InlineData("capture", "no source: name one of --vxlan, --geneve, --interface or --pcap", "capture")]
    [InlineData("capture", "--report says how the run goes, but --quiet", "capture --vxlan 0 --stdout --report 1m -q")]
    [InlineData("capture", "--count only counts what arrives; leave it out", "capture --vxlan 0 --stdout --count")]
    [InlineData("capture", "nothing to do with the requests: add --to URL, --file with mirrors, --stdout or", "capture --vxlan 0")]
    [InlineData("capture", "--to: \"staging:80\" lacks the scheme; write http://staging:80", "capture --vxlan 0 --to staging:80")]
    [InlineData("capture", "--to: the name nowhere.invalid cannot be resolved", "capture --vxlan 0 --to http://nowhere.invalid")]
    [InlineData("capture", "--to needs a value: --to URL", "capture --vxlan 0 --to")]
    [InlineData("capture", "there is no option --stdot", "capture --vxlan 0 --stdot")]
    [InlineData("capture", "there is no option --stdot", "capture --vxlan --stdot")]
    [InlineData("capture", "there is one argument too many: more", "capture --vxlan 0 --stdout more")]
    [InlineData("capture", "--vxlan can be given once only", "capture --vxlan 0 --vxlan 0 --stdout")]
    [InlineData("capture", "--vxlan: \"70000\" is not an address to listen at", "capture --vxlan 70000 --stdout")]
    [InlineData("capture", "--max-body: \"much\" is not a size", "capture --vxlan 0 --stdout --max-body much")]
    [InlineData("capture", "--duration: \"1w\" is not a duration", "capture --vxlan 0 --stdout --duration 1w")]
    [InlineData("capture", "--duration: \"2000h\" is too long", "capture --vxlan 0 --stdout --duration 2000h")]
    [InlineData("capture", "--timeout: \"0\" is too short", "capture --vxlan 0 --to " + Somewhere + " --timeout 0")]
    [InlineData("capture", "--queue: \"0\" is not a whole number from 1", "capture --vxlan 0 --to " + Somewhere + " --queue 0")]
    [InlineData("capture", "--port: \"http\" is not a whole number from 1 to 65535", "capture --vxlan 0 --stdout --port http")]
    [InlineData("capture", "--port: \"\" is not a whole number from 1 to 65535", "capture --vxlan 0 --stdout --port 80,,8080")]
    [InlineData("capture", "--vni: \"-1\" is not a whole number from 0 to 16777215", "capture --vxlan 0 --stdout --vni -1")]
    [InlineData("capture", "--percent: \"101\" is not a percentage", "capture --vxlan 0 --to " + Somewhere + " --percent 101")]
    [InlineData("capture", "--percent says something about copies, but no --to", "capture --vxlan 0 --stdout --percent 1")]
    [InlineData("capture", "--to: \"precent\" is no option of a target; did", "capture --vxlan 0 --to " + Somewhere + ",precent=1")]
    [InlineData("capture", "--percent has no effect, because every", "capture --vxlan 0 --to " + Somewhere + ",percent=1 --percent 2")]
    [InlineData("capture", "--sample-seed has no effect", "capture --vxlan 0 --to " + Somewhere + " --sample-seed 1")]
    [InlineData("capture", "--sample-seed has no effect", "capture --vxlan 0 --to http://127.0.0.1 --sample-seed 1 --sticky-by client-ip")]
    [InlineData("capture", "--sample-seed says something about copies", "capture --vxlan 0 --stdout --sample-seed 1")]
    [InlineData("proxy", "--sample-seed has no effect", "proxy --primary http://a --mirror " + Somewhere + " --sample-seed 1")]
    [InlineData("proxy", "--mirror-timeout has no effect", "proxy --primary http://a --mirror http://b,timeout=1s --mirror-timeout 2s")]
    [InlineData("proxy", "--mirror: http://b is given twice", "proxy --primary http://a --mirror http://b,timeout=1s --mirror http://b")]
    [InlineData("replay", "--to is missing: --to URL", "replay a.plx")]
    [InlineData("replay", "of the command, such as --session-percent", "replay a.plx --to " + Somewhere + ",percent=5")]
    [InlineData("replay", "--to: a replay has one target, and nothing follows its URL", "replay a.plx --to " + Somewhere + ",percent=5")]
    [InlineData("capture", "--allow: \"path:[\" is not a regular expression", "capture --vxlan 0 --to " + Somewhere + " --allow path:[")]
    [InlineData("capture", "--speed: \"fast\" is not a speed", "capture --pcap x --stdout --speed fast")]
    [InlineData("capture", "there is no interface nosuch0; there are: ", "capture --interface nosuch0 --stdout")]
    [InlineData("capture", "--pcap cannot be combined with a live source", "capture --pcap x --vxlan 0 --stdout")]
    [InlineData("capture", "--filter needs --interface", "capture --vxlan 0 --stdout --filter tcp")]
    [InlineData("proxy", "--listen: 127.0.0.1:0 is given twice", "proxy --primary http://a --listen 127.0.0.1:0 --listen 127.0.0.1:0")]
    [InlineData("proxy", "--watch looks at documents, and there are none. Without them", "proxy --primary http://a --watch")]
    [InlineData("proxy", "--endpoints says something about documents, but no --file", "proxy --primary http://a --endpoints e.yaml")]
    [InlineData("proxy", "--mirror-timeout says something about copies, but no --mirror", "proxy --primary http://a --mirror-timeout 1s")]
    [InlineData("proxy", "--sticky-by says something about copies, but no --mirror", "proxy --primary http://a --sticky-by client-ip")]
    [InlineData("capture", "--tls-dir says something about documents, but no --file", "capture --vxlan 0 --stdout --tls-dir .")]
    [InlineData("", "there is no command repley; did you mean replay?", "repley x.plx")]
    [InlineData("", "there is no command repley; did you mean replay?", "help repley")]
    [InlineData("help", "there is one argument too many: capture", "help replay capture")]
    [InlineData("capture", "there is no option --vxlann; did you mean --vxlan?", "capture --vxlann")]
    [InlineData("capture", "there is no option --stdot; did you mean --stdout?", "capture --vxlan 0 --stdot")]
    [InlineData("replay", "there is no option --loup; did you mean --loop?", "replay a.plx --to " + Somewhere + " --loup")]
    [InlineData("replay", "there is no option --loup; did you mean --loop?", "replay --to " + Somewhere + " --loup=3 a.plx")]
    [InlineData("replay", "there is no option --dry-run; see", "replay --dry-run --to " + Somewhere + " a.plx")]
    [InlineData("", "there is no option --versoin; did you mean --version?", "--versoin")]
    [InlineData("replay", "there is no option -x; see", "-x replay a.plx")]
    [InlineData("replay", "there is no option -1.plx; see", "replay -1.plx --to " + Somewhere)]
    [InlineData("replay", "-1.plx: no such file", "replay --to " + Somewhere + " -- -1.plx")]
    [InlineData("convert", "there is no option -1; see", "convert a.pcap -1")]
    [InlineData("replay", "there is no option -x; see", "replay --to " + Somewhere + " -x")]
    [InlineData("replay", "--odd.plx: no such file", "replay --to " + Somewhere + " -- --odd.plx")]
    [InlineData("replay", "-: standard input cannot be replayed, because it cannot be read again; write", "replay - --to " + Somewhere)]
    [InlineData("replay", "/no/such.plx: no such file", "replay " + "/no/such.plx --to " + Somewhere)]
    [InlineData("replay", "/no/such.plx: no such file", "replay " + "/no/such.plx --to http://nowhere.invalid")]
    [InlineData("replay", "/tmp: is a folder, not a recording", "replay /tmp --to " + Somewhere)]
    [InlineData("convert", "there is no option --forse; did you mean --force?", "convert --forse a.plx b.plx")]
    [InlineData("inspect", "there is no option --jsn; did you mean --json?", "inspect --jsn a.plx")]
    [InlineData("validate", "there is no option --endpoint; did you mean --endpoints?", "validate --endpoint a.yaml")]
    [InlineData("inspect", "FILE is missing", "inspect")]
    [InlineData("replay", "--id needs a value: --id N", "replay a.plx --id --to " + Somewhere)]
    [InlineData("inspect", "--id: \"x\" is not the number of an exchange; inspect --list shows them", "inspect a.plx --id x")]
    [InlineData("inspect", "/no/such.pcap: no such file", "inspect /no/such.pcap")]
    public async Task CommandLine_Wrong_IsOneLine(string command, string message, string arguments)
    {
        var line = AssertOneLine(await RunningParallax.Run(arguments.Split(' ')), message);
        Assert.True(!line.Contains("--help") || line.EndsWith($"see parallax {command} --help".Replace("  ", " ")), line);
    }

    [Fact]
    public async Task File_Unusable_IsOneLine()
    {
        var text = Path.GetTempFileName();
        try
        {
            foreach (var command in (string[][])[["capture", "--stdout", "--pcap"], ["inspect"]])
            {
                AssertOneLine(await RunningParallax.Run([.. command, text]), $"{text}: is empty; a pcap or pcapng file was expected");
                AssertOneLine(await RunningParallax.Run([.. command, Path.GetTempPath()]), "is a folder, not a capture file");
            }

            await File.WriteAllTextAsync(text, "no capture at all", TestContext.Current.CancellationToken);
            AssertOneLine(
                await RunningParallax.Run("capture", "--stdout", "--json", "--pcap", text), $"{text}: neither a pcap nor a pcapng file");
        }
        finally
        {
            File.Delete(text);
        }
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task File_NotForUs_IsOneLine()
    {
        Needs.Root();
        using var file = new CaptureFile();
        File.SetUnixFileMode(file.Path, UnixFileMode.None);
        AssertOneLine(await AsNobody("capture", "--pcap", file.Path, "--stdout"), $"{file.Path}: may not be read");
    }

    [Fact]
    public async Task Interface_WithoutPrivilege_IsOneLine()
    {
        Needs.Libpcap();
        AssertOneLine(await AsNobody("capture", "--interface", "lo", "--stdout"), "capturing on lo needs CAP_NET_RAW; run as root, or");
    }

    [Fact]
    public async Task Interface_WithoutLibpcap_IsOneLine()
    {
        // A library of that name which is none comes first.
        var folder = Directory.CreateTempSubdirectory();
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "libpcap.so.0.8"), "", TestContext.Current.CancellationToken);
        using var parallax = RunningParallax.StartThrough(
            ["env", $"LD_LIBRARY_PATH={folder.FullName}", RunningParallax.Program], "capture", "--interface", "lo", "--stdout");
        AssertOneLine(await parallax.End(), "live capture needs libpcap; install it: sudo apt-get install libpcap0.8");
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Filter_Wrong_IsOneLineAboutWhatTheUserWrote()
    {
        Needs.RawPackets();
        AssertOneLine(
            await RunningParallax.Run("capture", "-i", "lo", "--port", "80", "--filter", "tcp prot 80", "--stdout"),
            "filter \"tcp prot 80\": ");
    }

    [Fact]
    public async Task Port_Taken_IsOneLine()
    {
        using var owner = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var local = (IPEndPoint)owner.Client.LocalEndPoint!;
        AssertOneLine(
            await RunningParallax.Run("capture", "--vxlan", $"{local}", "--stdout"), $"UDP port {local.Port} is taken; stop the program");
        AssertOneLine(
            await RunningParallax.Run("capture", "--vxlan", $"{local}", "--shards", "2", "--stdout"), $"UDP port {local.Port} is taken");
    }

    [Fact]
    public async Task HealthPort_Taken_IsOneLine()
    {
        using var owner = new TcpListener(IPAddress.Loopback, 0);
        owner.Start();
        AssertOneLine(
            await RunningParallax.Run("capture", "--vxlan", "127.0.0.1:0", "--stdout", "--health", $"{owner.LocalEndpoint}"),
            "is taken; name another");
    }

    [Fact]
    public async Task Help_IsNoError()
    {
        var help = await RunningParallax.Run("capture", "--help");
        Assert.Equal((0, ""), (help.ExitCode, help.Errors));
        Assert.Contains("Examples:", help.Output);
    }

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("help replay", "replay --help")]
    [InlineData("help help", "help --help")]
    [InlineData("version", "--version")]
    [InlineData("-V", "--version")]
    public async Task Help_AskedForInAnotherWay_IsTheSame(string one, string other)
    {
        var (first, second) = (await RunningParallax.Run(one.Split(' ')), await RunningParallax.Run(other.Split(' ')));
        Assert.Equal((0, ""), (first.ExitCode, first.Errors));
        Assert.NotEqual("", first.Output);
        Assert.Equal(second.Output, first.Output);
    }

    [Fact]
    public async Task Version_IsOneLineWithTheShortCommitTheRuntimeAndThePlatform() => Assert.Matches(
        @"^parallax \d+\.\d+\.\d+(-[\w.]+)?(\+[0-9a-f]{7})? \(\.NET 10\.[\w.-]+, linux-[\w-]+\)\n$",
        (await RunningParallax.Run("--version")).Output);

    private static async Task<Ended> AsNobody(params string[] arguments)
    {
        Needs.Root();
        string[] nobody = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"];
        using var test = Process.Start("setpriv", [.. nobody[1..], "test", "-x", RunningParallax.Program]);
        await test.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.SkipUnless(test.ExitCode == 0, "the folder of the repository is closed to other users");
        using var parallax = RunningParallax.StartThrough([.. nobody, RunningParallax.Program], arguments);
        return await parallax.End();
    }

    private static string AssertOneLine(Ended ended, string message)
    {
        var line = Assert.Single(ended.Errors.Split('\n'));
        Assert.StartsWith("parallax: ", line);
        Assert.Contains(message, line);
        Assert.Equal((2, ""), (ended.ExitCode, ended.Output));
        return line;
    }
}
