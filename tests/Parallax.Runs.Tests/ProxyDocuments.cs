using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.Listeners;
using Parallax.Runs.Proxying;
using Parallax.TestKit;

namespace Parallax.Runs.Tests;

/// <summary>Documents of a proxy before the sink, on a port that the system chooses.</summary>
internal sealed class ProxyDocuments : IDisposable
{
    private readonly string _file = Path.ChangeExtension(Path.GetTempFileName(), ".yaml");

    public ProxyDocuments(Sink sink)
    {
        Write(mirror: "");
        Assert.True(ListenerMap.Default.TryAdd("mesh=127.0.0.1:0", out var listeners, out _));
        Configuration = new([_file], new() { Endpoints = [EndpointOf("app", sink), EndpointOf("copy", sink)], Listeners = listeners });
    }

    public ConfigurationInForce Configuration { get; }

    /// <summary>Has every request copied to the sink, by a mirror named "copy" after its service.</summary>
    /// <param name="more">Further fields of the route.</param>
    public void AddMirror(string more = "") => Write($"\n    mirror: {{host: copy}}{more}");

    public void Dispose() => File.Delete(_file);

    private static EndpointOverride EndpointOf(string service, Sink sink)
    {
        Assert.True(EndpointOverride.TryParse($"{service}=127.0.0.1:{sink.Port}", out var endpoint, out _));
        return endpoint;
    }

    private void Write(string mirror) => File.WriteAllText(_file, $$"""
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: shop}
        spec:
          hosts: ['*']
          http:
          - route:
            - destination: {host: app}{{mirror}}
        """);
}
