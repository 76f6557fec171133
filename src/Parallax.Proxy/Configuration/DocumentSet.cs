namespace Parallax.Proxy.Configuration;

/// <summary>All documents that were read, by kind, in the order in which they stand.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class DocumentSet
{
    public List<IstioGatewayDocument> IstioGateways { get; } = [];

    public List<VirtualServiceDocument> VirtualServices { get; } = [];

    public List<DestinationRuleDocument> DestinationRules { get; } = [];

    public List<ServiceEntryDocument> ServiceEntries { get; } = [];

    public List<WorkloadEntryDocument> WorkloadEntries { get; } = [];

    public List<KubernetesGatewayDocument> KubernetesGateways { get; } = [];

    public List<HttpRouteResource> HttpRoutes { get; } = [];

    public List<ReferenceGrantDocument> ReferenceGrants { get; } = [];

    public List<NamespaceDocument> Namespaces { get; } = [];

    /// <summary>How many documents are of a kind that is honoured.</summary>
    public int Count { get; set; }
}
