namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>The documents of the Gateway API that were read, in the order in which they stand.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class KubernetesDocuments
{
    public List<KubernetesGatewayDocument> Gateways { get; } = [];

    public List<HttpRouteResource> Routes { get; } = [];

    public List<ReferenceGrantDocument> Grants { get; } = [];

    public List<NamespaceDocument> Namespaces { get; } = [];
}
