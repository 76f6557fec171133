using Parallax.Cli.Tests.EndToEnd;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Deployment;

/// <summary>deploy/logrotate.conf with the real logrotate.</summary>
public sealed class LogrotateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-logrotate-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Rotation_LeavesEveryLineInTheFileOfItsTime()
    {
        using var primary = Sink.Open();
        var log = Path.Combine(_folder, "access.log");
        using var parallax = RunningParallax.Start("proxy", "--listen", "127.0.0.1:0", "--primary", primary.Url, "--access-log", log);
        var address = (await parallax.LineWith("listening at ")).Split("listening at ")[1].Split(',')[0];
        using var client = new HttpClient();
        await GetAsync(client, address, "/before");
        Await(() => new FileInfo(log).Length > 0);
        await RotateAsync(parallax.Id);
        Await(() => File.Exists(log));
        await GetAsync(client, address, "/after");

        Assert.Equal(0, (await parallax.Stop()).ExitCode);
        var rotated = Assert.Single(Directory.EnumerateFiles(_folder, "access.log-*"));
        Assert.Contains("/before", await File.ReadAllTextAsync(rotated, TestContext.Current.CancellationToken));
        var now = await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken);
        Assert.Contains("/after", now);
        Assert.DoesNotContain("/before", now);
    }

    // systemctl is a script here that finds the process without systemd, and refuses what systemctl does not know.
    private async Task RotateAsync(int process)
    {
        const string Program = "/usr/sbin/logrotate";
        Assert.SkipUnless(File.Exists(Program), "needs logrotate");
        var systemctl = Path.Combine(_folder, "systemctl");
        await Tool.ScriptAsync(
            systemctl,
            $"""
            #!/bin/sh
            [ "$*" = "kill --kill-who=main --signal=USR1 parallax-proxy.service" ] || exit 1
            kill -USR1 {process}
            touch {_folder}/signalled
            """);
        var configuration = Path.Combine(_folder, "logrotate.conf");
        var installed = Path.Combine(RealData.Root, "deploy", "logrotate.conf");
        var text = await File.ReadAllTextAsync(installed, TestContext.Current.CancellationToken);
        text = text.Replace("/var/log/parallax/", $"{_folder}/");
        await File.WriteAllTextAsync(configuration, text, TestContext.Current.CancellationToken);
        var (exitCode, _, errors) = await Tool.RunAsync(
            Program,
            ["--force", "--state", Path.Combine(_folder, "state"), configuration],
            ("PATH", $"{_folder}:{Environment.GetEnvironmentVariable("PATH")}"));
        Assert.Equal((0, ""), (exitCode, errors));
        Assert.True(File.Exists(Path.Combine(_folder, "signalled")));
    }

    private static void Await(Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(isSo, RunningParallax.Guard));

    private static async Task GetAsync(HttpClient client, string address, string path)
    {
        using var answer = await client.GetAsync(new Uri($"http://{address}{path}"), TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode);
    }
}
