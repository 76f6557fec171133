using Parallax.Documents;
using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Model;
using Parallax.Runs.Proxying;

namespace Parallax.Runs.Tests.Proxying;

/// <summary>Whether documents are read again when they change.</summary>
public sealed class ConfigurationInForceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-inforce-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void TryReadAgain_ConfigMapIsReplaced_ReadsItThoughItsLinksStay()
    {
        Mount("first", version: 1);
        File.CreateSymbolicLink(Path.Combine(_folder, "a.yaml"), "..data/a.yaml");
        var inForce = InForce(_folder);
        Assert.Equal(["first"], HostsOf(inForce.Read(Fail)));
        Assert.False(inForce.TryReadAgain(isForced: false, Fail, out _));

        Mount("other", version: 2);

        Assert.True(inForce.TryReadAgain(isForced: false, Fail, out var config));
        Assert.Equal(["other"], HostsOf(config));
    }

    /// <summary>As in a store or an image, where every file has the same time.</summary>
    [Theory]
    [InlineData("..data/a.yaml", "..data/a.yaml")]
    [InlineData("..1/a.yaml", "..2/a.yaml")]
    public void TryReadAgain_LinkLeadsToAnotherFileOfTheSameTimeAndLength_ReadsIt(string before, string after)
    {
        var link = Path.Combine(_folder, "a.yaml");
        Mount("other", version: 2);
        Mount("first", version: 1);
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "..2", "a.yaml"), DateTime.UnixEpoch.AddDays(1));
        File.CreateSymbolicLink(link, before);
        var inForce = InForce(_folder);
        Assert.Equal(["first"], HostsOf(inForce.Read(Fail)));

        Link(version: 2);
        File.Delete(link);
        File.CreateSymbolicLink(link, after);

        Assert.True(inForce.TryReadAgain(isForced: false, Fail, out var config));
        Assert.Equal(["other"], HostsOf(config));
    }

    [Fact]
    public void TryReadAgain_LinkLeadsNowhere_SaysSoOnce()
    {
        Mount("first", version: 1);
        File.CreateSymbolicLink(Path.Combine(_folder, "a.yaml"), "..data/a.yaml");
        var inForce = InForce(_folder);
        Assert.NotNull(inForce.Read(Fail));
        File.CreateSymbolicLink(Path.Combine(_folder, "b.yaml"), "b.yaml");

        var said = new List<Finding>();
        Assert.True(inForce.TryReadAgain(isForced: false, said.Add, out var config));
        Assert.Null(config);
        Assert.Equal("DOC001", Assert.Single(said).Code);
        Assert.False(inForce.TryReadAgain(isForced: false, Fail, out _));
    }

    private static void Fail(Finding finding) => Assert.Fail(finding.ToString());

    // As the kubelet does: a folder for each version, and a link to the one in force.
    private void Mount(string host, int version)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, $"..{version}"));
        var file = Path.Combine(folder.FullName, "a.yaml");
        File.WriteAllText(file, $$"""
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: shop}
            spec:
              hosts: ['{{host}}.example']
              http:
              - route:
                - destination: {host: app}
            """);
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch.AddDays(version));
        Link(version);
    }

    private void Link(int version)
    {
        var link = Path.Combine(_folder, "..data");
        File.Delete(link);
        File.CreateSymbolicLink(link, $"..{version}");
    }

    private static ConfigurationInForce InForce(string source)
    {
        Assert.True(EndpointOverride.TryParse("app=127.0.0.1:1", out var endpoint, out _));
        return new([source], new() { Endpoints = [endpoint] });
    }

    private static IEnumerable<string> HostsOf(ProxyConfig? config) =>
        config!.Listeners.Single().VirtualHosts.Select(host => host.Hostnames[0].Split('.')[0]);
}
