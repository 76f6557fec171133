using System.Diagnostics;
using System.Net;
using Parallax.Documents;
using Parallax.Proxy.Configuration.Loading;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Configuration;

/// <summary>Where documents come from: files, folders, lists, the endpoints file, and no document at all.</summary>
public sealed class SourcesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-yaml-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Load_Folder_ReadsItsYamlFilesInOrder()
    {
        Write("b.yml", Minimal.Gateway);
        Write("a.yaml", Minimal.Entry);
        Write("c.txt", "not: yaml: at all");

        var loaded = ConfigurationLoader.Load([_folder], new());

        Assert.Equal(["a.yaml", "b.yml"], loaded.Files.Select(Path.GetFileName));
        Assert.Equal(2, loaded.Documents);
    }

    [Fact]
    public void Load_Folder_LeavesHiddenFilesAlone_AndAnEmptyOneIsNoError()
    {
        Write("a.yaml", Minimal.Entry);
        Write("b.yaml", "# being written\n");
        Write(".a.yaml", "half: [");
        File.CreateSymbolicLink(Path.Combine(_folder, ".#a.yaml"), "nobody@nowhere");

        var loaded = ConfigurationLoader.Load([_folder], new());

        Assert.Equal(["a.yaml", "b.yaml"], loaded.Files.Select(Path.GetFileName));
        Assert.Equal((Severity.Warning, "DOC006"), Assert.Single(loaded.Findings) is var only ? (only.Severity, only.Code) : default);
    }

    [Theory]
    [InlineData(20, 0)]
    [InlineData(21, 1)]
    public void Load_MoreHeaderChangesThanFitIntoOneHead_IsARouteOf500(int each, int warnings)
    {
        string Set(string prefix)
        {
            var set = string.Join(", ", Enumerable.Range(0, Math.Min(20, each)).Select(number => $"{prefix}{number}: v"));
            return $"{{request: {{set: {{{set}}}, remove: [{string.Join(", ", Enumerable.Repeat($"{prefix}r", each - 20))}]}}}}";
        }

        var file = Write("a.yaml", $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: shop}
            spec:
              hosts: [shop.example]
              http:
              - headers: {{Set("a")}}
                route: [{destination: {host: app.example}, headers: {{Set("b")}} }]
                mirrors: [{destination: {host: app.example}, headers: {{Set("c")}} }]
            """);

        var loaded = ConfigurationLoader.Load([file], new());

        Assert.Equal(warnings, loaded.Findings.Count(finding => finding.Code == "FLD105" && finding.Severity == Severity.Warning));
        if (loaded.Config is { } config)
        {
            RoutingTable.Compile(config, ShadowHost.Suffix);
        }
    }

    [Fact]
    public async Task Load_PipeReadBefore_KeepsWhatItBrought()
    {
        var pipe = NewPipe("a.pipe");
        var writing = Task.Run(() => File.WriteAllText(pipe, Minimal.Entry), TestContext.Current.CancellationToken);
        var options = new LoadOptions();
        var first = ConfigurationLoader.Load([pipe], options);
        await writing;
        var second = ConfigurationLoader.Load([pipe], options);

        Assert.Equal((1, 0, 0), (first.Documents, first.Findings.Count, first.Kept.Count));
        Assert.Equal((1, 0, pipe), (second.Documents, second.Findings.Count, Assert.Single(second.Kept)));
        Assert.Equal(first.Fingerprint, second.Fingerprint);
    }

    [Fact]
    public void Load_PipeNobodyWritesTo_IsAnErrorAndDoesNotHang()
    {
        NewPipe("b.yaml");
        Write("a.yaml", Minimal.Entry);
        var options = new LoadOptions
        {
            EndpointsFile = NewPipe("endpoints"),
            Reader = new SourceReader { OpenPatience = TimeSpan.FromMilliseconds(50) },
        };
        for (var time = 0; time < 2; time++)
        {
            var loaded = ConfigurationLoader.Load([_folder], options);

            Assert.Equal(["b.yaml", "endpoints"], loaded.Findings.Select(each => Path.GetFileName(each.Position.File)));
            Assert.All(loaded.Findings, each => Assert.Equal("DOC001", each.Code));
            Assert.All(loaded.Findings, each => Assert.Contains("nobody", each.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Load_EndpointsFile_SaysWhereServicesAre()
    {
        var endpoints = Write("endpoints.list", "- host: a\n  port: 80\n  address: 127.0.0.1:9001\n  labels: {version: v1}\n  weight: 2\n");

        var config = Loading.Config(
            Minimal.Route("route: [{destination: {host: a, port: {number: 80}}}]"), new() { EndpointsFile = endpoints });

        Assert.Equal([new EndpointConfig("127.0.0.1", 9001, 2)], config.Clusters[0].Endpoints);
    }

    [Theory]
    [InlineData("host: a", "FLD102")]
    [InlineData("- hots: a", "FLD101")]
    [InlineData("- host: a\n  address: 127.0.0.1", "FLD104")]
    [InlineData("- host: a", "FLD103")]
    public void Load_EndpointsFileThatIsWrong_IsAnError(string text, string code) => Assert.Contains(
        ConfigurationLoader.Load([], new() { EndpointsFile = Write("endpoints.list", text) }).Findings, each => each.Code == code);

    [Fact]
    public void Build_QuickMode_SendsEverythingToThePrimaryAndCopiesToMirrors()
    {
        Assert.True(ServerUrl.TryParse("http://app:8000", out var primary, out _));
        Assert.True(ServerUrl.TryParse("https://staging", out var staging, out _));

        var config = QuickMode.Build(
            [new IPEndPoint(IPAddress.Loopback, 8080)],
            primary,
            [new(staging, new() { Name = "shadow", Cluster = QuickMirror.ClusterOf(staging), Sampler = new Sampler(100_000) })]);

        var route = Assert.Single(Assert.Single(config.Listeners[0].VirtualHosts).Routes);
        Assert.Equal(("outbound|8000||app", "outbound|443||staging"), (route.Destinations[0].Cluster, route.Mirrors[0].Cluster));
        Assert.Equal([false, true], config.Clusters.Select(cluster => cluster.Tls is not null));
    }

    private string NewPipe(string name)
    {
        var path = Path.Combine(_folder, name);
        using var made = Process.Start("mkfifo", path);
        made.WaitForExit();
        return path;
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
