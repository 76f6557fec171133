using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Clusters;

/// <summary>A host, port and subset of some service.</summary>
internal sealed record HostReference(Place Place, string Host, int? Port, string Subset)
{
    /// <summary>The same, with a host that means the same in every namespace.</summary>
    public HostReference From(string inNamespace) => this with { Host = Host.Length == 0 ? "" : Hostnames.Qualify(Host, inNamespace) };

    /// <summary>Where its host is named: Istio says <c>host</c>, the Gateway API <c>name</c>.</summary>
    public Place HostPlace => Place.Of(Place.Node is MapNode map && map.TryGet("name", out _) ? "name" : "host");
}
