using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Parallax.Proxy.Configuration;
using Parallax.Proxy.Routing;
using Parallax.Shadows.Delivery;
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

    [Fact]
    public void Load_SourceWithoutName_IsAnError()
    {
        var loaded = ConfigurationLoader.Load([""], new());

        Assert.Equal(["DOC001"], loaded.Findings.Select(finding => finding.Code));
        Assert.Null(loaded.Config);
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
    public void Load_FileNamedTwice_IsReadOnce()
    {
        var file = Write("a.yaml", Minimal.Entry);

        Assert.Empty(ConfigurationLoader.Load([_folder, file], new()).Findings);
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
    public void Load_PipeThatFallsSilent_IsAnErrorAndDoesNotHang()
    {
        // Opened for both, so that the reader finds somebody who writes.
        using var silent = new FileStream(NewPipe("a.yaml"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var reader = new SourceReader { OpenPatience = TimeSpan.FromMinutes(1), SilencePatience = TimeSpan.FromMilliseconds(50) };

        var loaded = ConfigurationLoader.Load([_folder], new() { Reader = reader });

        Assert.Contains("silent", Assert.Single(loaded.Findings, each => each.Code == "DOC001").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SocketOrDevice_DoesNotHang()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "a.yaml")));
        Write("b.yaml", Minimal.Entry);

        Assert.Equal(["DOC001"], ConfigurationLoader.Load([_folder], new()).Findings.Select(each => each.Code));
        Assert.Equal(["DOC005"], ConfigurationLoader.Load(["/dev/zero"], new()).Findings.Select(each => each.Code).Take(1));
    }

    [Fact]
    public void Load_SameDocumentTwice_IsAnError() => Assert.Contains(
        Loading.Load(Minimal.Entry + "---\n" + Minimal.Entry).Findings, each => each.Code == "REF309");

    [Fact]
    public void Load_List_ReadsItsItems()
    {
        var items = "  - " + Minimal.Entry.TrimEnd().Replace("\n", "\n    ", StringComparison.Ordinal);

        var loaded = Loading.Load($"apiVersion: v1\nkind: List\nmetadata:\n  resourceVersion: \"\"\nitems:\n{items}\n");

        Assert.Equal((1, 0), (loaded.Documents, loaded.Findings.Count));
    }

    [Fact]
    public void Load_Fingerprint_ChangesWithTheText()
    {
        var file = Write("a.yaml", Minimal.Entry);
        var before = ConfigurationLoader.Load([file], new()).Fingerprint;
        Assert.Equal(before, ConfigurationLoader.Load([file], new()).Fingerprint);

        Write("a.yaml", Minimal.Entry + "# changed\n");
        Assert.NotEqual(before, ConfigurationLoader.Load([file], new()).Fingerprint);
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

    [Theory]
    [InlineData("networking.istio.io/v2", "VirtualService")]
    [InlineData("networking.isto.io/v1", "VirtualService")]
    [InlineData("v1", "VirtualService")]
    [InlineData("networking.istio.io/v1", "VirtualServices")]
    [InlineData("gateway.networking.k8s.io/v1", "HttpRoute")]
    public void Load_KindThatIsNearlyOurs_IsAnError(string version, string kind) => Assert.Contains(
        Loading.Load($"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n").Findings, each =>
            each is { Code: "FLD104", Severity: Severity.Error });

    [Theory]
    [InlineData("apps/v1", "Deployment")]
    [InlineData("v1", "Service")]
    [InlineData("networking.istio.io/v1alpha3", "EnvoyFilter")]
    [InlineData("gateway.networking.k8s.io/v1", "GRPCRoute")]
    public void Load_KindOfOthers_IsNamedOnce(string version, string kind)
    {
        var document = $"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n";

        Assert.Equal("FLD107", Assert.Single(Loading.Load($"{document}---\n{document}").Findings).Code);
    }

    [Fact]
    public void Build_QuickMode_SendsEverythingToThePrimaryAndCopiesToMirrors()
    {
        Assert.True(ShadowUrl.TryParse("http://app:8000", out var primary, out _));
        Assert.True(ShadowUrl.TryParse("https://staging", out var staging, out _));

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
