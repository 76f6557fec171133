using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Istio;

/// <summary>The names by which VirtualServices call Gateways.</summary>
internal static class GatewayNames
{
    /// <summary>What stands for no Gateway but for callers inside the mesh.</summary>
    public const string Mesh = "mesh";

    /// <summary>The name with its namespace, of <c>gw</c>, <c>ns/gw</c>, and the old <c>gw.ns.svc.cluster.local</c>; <c>mesh</c> stays as
    /// it is.</summary>
    public static string InFull(string name, string inNamespace) =>
        name == Mesh || name.Contains('/', StringComparison.Ordinal) ? name
        : Hostnames.NamespaceOf(name) is { } place ? $"{place}/{Hostnames.Short(name)}"
        : $"{inNamespace}/{name}";
}
