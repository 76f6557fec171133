using System.Net;
using System.Text.RegularExpressions;
using Parallax.Cli.Tests.EndToEnd;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Deployment;

/// <summary>The units and the seccomp profile of deploy/, with real runs.</summary>
public sealed class ProfilesTests : IDisposable
{
    private static readonly string Deploy = Path.Combine(RealData.Root, "deploy");

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-deploy-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("parallax-proxy.service", false)]
    [InlineData("parallax-proxy.service", true)]
    [InlineData("parallax-capture.service", false)]
    [InlineData("parallax-capture.service", true)]
    public async Task Unit_IsUnderstoodAndLeavesLittleExposed(string name, bool withTheCommentedLine)
    {
        const string Analyzer = "/usr/bin/systemd-analyze";
        Assert.SkipUnless(File.Exists(Analyzer), "needs systemd");
        var unit = Path.Combine(_folder, name);
        var text = await File.ReadAllTextAsync(Path.Combine(Deploy, name), TestContext.Current.CancellationToken);
        text = withTheCommentedLine ? text.Replace("\nExecStart=", "\n# ExecStart=").Replace("\n#ExecStart=", "\nExecStart=") : text;
        await File.WriteAllTextAsync(
            unit, text.Replace("/opt/parallax/parallax ", RunningParallax.Program + " "), TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), await RunAsync(Analyzer, "verify", "--man=no", unit));

        // Tenths: below 2.5 of 10, where 10 is a service without any protection.
        Assert.Equal(0, (await RunAsync(Analyzer, "security", "--offline=true", "--threshold=25", unit)).ExitCode);
    }

    [Theory]
    [InlineData("parallax-proxy")]
    [InlineData("parallax-capture")]
    public async Task SocketUnit_IsUnderstood(string name)
    {
        const string Analyzer = "/usr/bin/systemd-analyze";
        Assert.SkipUnless(File.Exists(Analyzer), "needs systemd");
        var service = await File.ReadAllTextAsync(Path.Combine(Deploy, $"{name}.service"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, $"{name}.service"),
            Regex.Replace(service, @"(?<=ExecStart=)\S+", RunningParallax.Program),
            TestContext.Current.CancellationToken);
        var unit = Path.Combine(_folder, $"{name}.socket");
        File.Copy(Path.Combine(Deploy, $"{name}.socket"), unit);
        Assert.Equal((0, ""), await RunAsync(Analyzer, "verify", "--man=no", unit));
    }

    [Fact]
    public async Task Seccomp_Proxy_ServesMirrorsRecordsAndEnds()
    {
        using var primary = Sink.Open();
        using var shadow = Sink.Open();
        using var parallax = Confined(
            "proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--mirror", shadow.Url, "--admin", "127.0.0.1:0",
            "--record", Path.Combine(_folder, "a.plx"), "--access-log", Path.Combine(_folder, "log"));
        var address = (await parallax.LineWith("listening at ")).Split("listening at ")[1].Split(',')[0];
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri($"http://{address}/"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await shadow.Receive(1);
        var ended = await parallax.Stop();
        Assert.Equal(0, ended.ExitCode);
        Assert.Contains("1 exchanges = 1 recorded", ended.Errors);
    }

    [Fact]
    public async Task Seccomp_Capture_MirrorsAndEnds()
    {
        using var target = Sink.Open();
        using var parallax = Confined("capture", "--vxlan", "127.0.0.1:0", "--shards", "2", "--to", target.Url, "--health", "127.0.0.1:0");
        using var tap = new VxlanSender(await parallax.Receiver());
        tap.Send(new FlowScript().Handshake().Client("GET / HTTP/1.1\r\nHost: a\r\n\r\n").Segments);
        await target.Receive(1);
        Assert.Equal(0, (await parallax.Stop()).ExitCode);
    }

    [Fact]
    public async Task Seccomp_Replay_SendsThroughAMiddleware()
    {
        using var target = Sink.Open();
        using var parallax = Confined("replay", await RecordingAsync(), "--to", target.Url, "--middleware", "cat");
        Assert.Equal(0, (await parallax.End()).ExitCode);
        Assert.Single(target.Requests);
    }

    [Fact]
    public async Task Seccomp_WhatParallaxNeverDoes_IsRefused()
    {
        Needs.Seccomp();
        var profile = Path.Combine(Deploy, "seccomp.json");
        Assert.NotEqual(0, (await RunAsync(UnderSeccomp, profile, "unshare", "--net", "true")).ExitCode);
        Assert.Equal(0, (await RunAsync(UnderSeccomp, profile, "true")).ExitCode);
    }

    [Fact]
    public async Task Middleware_InheritsNeitherPrivilegesNorDescriptors()
    {
        using var target = Sink.Open();
        var program = Path.Combine(_folder, "look.py");
        var seen = Path.Combine(_folder, "seen");
        await File.WriteAllTextAsync(
            program,
            "import os\n"
                + "status = open('/proc/self/status').read()\n"
                + "numbers = [number for number in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + number)]\n"
                + $"open('{seen}', 'w').write(status + 'Descriptors: ' + ' '.join(sorted(numbers)))\n"
                + "os.execvp('cat', ['cat'])\n",
            TestContext.Current.CancellationToken);
        var ended = await RunningParallax.Run(
            "replay", await RecordingAsync(), "--to", target.Url, "--middleware", $"{Needs.Python()} {program}");
        Assert.Equal(0, ended.ExitCode);
        var status = await File.ReadAllTextAsync(seen, TestContext.Current.CancellationToken);
        Assert.Contains("NoNewPrivs:\t1\n", status);
        Assert.Contains("CapAmb:\t0000000000000000\n", status);
        Assert.EndsWith("Descriptors: 0 1 2", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartupHook_OfTheEnvironment_IsNotRun()
    {
        using var parallax = RunningParallax.StartThrough(
            ["env", "DOTNET_STARTUP_HOOKS=/no/such/hook.dll", RunningParallax.Program], "validate", "--help");
        Assert.Equal(0, (await parallax.End()).ExitCode);
    }

    private static string UnderSeccomp => Path.Combine(RealData.Root, "eng", "under-seccomp");

    private static RunningParallax Confined(params string[] arguments)
    {
        Needs.Seccomp();
        return RunningParallax.StartThrough([UnderSeccomp, Path.Combine(Deploy, "seccomp.json"), RunningParallax.Program], arguments);
    }

    private async Task<string> RecordingAsync()
    {
        var path = Path.Combine(_folder, "a.gor");
        await File.WriteAllTextAsync(
            path, "1 0a 1700000000000000000\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\n🐵🙈🙉\n", TestContext.Current.CancellationToken);
        return path;
    }

    private static async Task<(int ExitCode, string Errors)> RunAsync(string program, params string[] arguments)
    {
        var (exitCode, _, errors) = await Tool.RunAsync(program, arguments);
        return (exitCode, errors);
    }
}
