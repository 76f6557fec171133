using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Routing;
using Parallax.Proxy.Tests.Configuration;
using Parallax.Proxy.Tests.Serving;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>Configurations that follow one another while requests pass.</summary>
public sealed class ReloadTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("parallax-reload");
    private readonly Witness _first = new("first");
    private readonly Witness _second = new("second");
    private readonly Witness _mirror = new("mirror");

    private string Document => Path.Combine(_folder.FullName, "mirror.yaml");

    [Theory]
    [InlineData(LoopKind.Epoll)]
    [InlineData(LoopKind.Managed)]
    public async Task HundredReloads_UnderLoad_FailNoRequest(LoopKind kind)
    {
        await using var rig = new ProxyRig(Write("first", 50).Config!, kind, limits => limits with { Loops = 2 });
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 8).Select(number => SendUntilAsync(rig, number, over.Token)).ToList();
        for (var time = 0; time < 100; time++)
        {
            var loaded = Write(time % 2 == 0 ? "second" : "first", time);
            rig.Clusters.Apply(loaded.Config!);
            await rig.Server.ReloadAsync(RoutingTable.Compile(loaded.Config!, ShadowHost.Suffix));

            // Requests pass between one and the next, or nothing would have been tried.
            Assert.Equal(200, (await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Status);
        }

        await over.CancelAsync();
        Assert.All(await Task.WhenAll(clients), sent => Assert.True(sent > 0));
        Assert.NotEmpty(_mirror.Seen);
    }

    [Fact]
    public async Task Reload_IsInForceForTheNextRequestOfAConnection()
    {
        await using var rig = new ProxyRig(Write("first", 0).Config!);
        using var client = await rig.ConnectAsync();
        foreach (var name in (string[])["first", "second", "first"])
        {
            var loaded = Write(name, 0);
            rig.Clusters.Apply(loaded.Config!);
            await rig.Server.ReloadAsync(RoutingTable.Compile(loaded.Config!, ShadowHost.Suffix));
            await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            Assert.Equal(name, (await client.ReadAsync())!.Text);
        }
    }

    [Theory]
    [InlineData("kind: [")]
    [InlineData("{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: a}, spec: {hosts: [a], http: [{rout: []}]}}")]
    public async Task BrokenFile_ChangesNothing(string text)
    {
        await using var rig = new ProxyRig(Write("first", 0).Config!);
        await File.WriteAllTextAsync(Document, text, TestContext.Current.CancellationToken);
        var loaded = Load();
        Assert.Null(loaded.Config);
        Assert.Contains(loaded.Findings, finding => finding.Severity == Severity.Error && finding.Position.File == Document);
        Assert.Equal("first", (await rig.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Text);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _mirror.Dispose();
        _folder.Delete(recursive: true);
    }

    // Half of the clients keep their connection, the others come anew with each request.
    private static async Task<int> SendUntilAsync(ProxyRig rig, int number, CancellationToken over)
    {
        var sent = 0;
        while (!over.IsCancellationRequested)
        {
            using var client = await rig.ConnectAsync();
            do
            {
                await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
                var response = (await client.ReadAsync())!;
                Assert.True(response.Status == 200 && response.Text is "first" or "second", $"{response.Line} {response.Text}");
                sent++;
            }
            while (number % 2 == 0 && !over.IsCancellationRequested);
        }

        return sent;
    }

    private LoadedConfiguration Write(string primary, int percent)
    {
        File.WriteAllText(
            Document,
            $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: mirrors}
            spec:
              hosts: ['*']
              http:
              - route:
                - destination:
                    host: {{primary}}
                    port: {number: 80}
                mirror:
                  host: mirror
                  port: {number: 80}
                mirrorPercentage:
                  value: {{percent}}
            """);
        var loaded = Load();
        Assert.True(loaded.Config is not null, string.Join('\n', loaded.Findings));
        return loaded;
    }

    private LoadedConfiguration Load() => ConfigurationLoader.Load([_folder.FullName], new LoadOptions
    {
        Endpoints = Loading.Resolving($"first={_first.Address}", $"second={_second.Address}", $"mirror={_mirror.Address}").Endpoints,
        Listeners = Loading.Listening("mesh=127.0.0.1:0"),
    });
}
