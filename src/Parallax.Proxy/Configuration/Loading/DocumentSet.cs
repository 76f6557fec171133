using Parallax.Proxy.Configuration.Clusters;
using Parallax.Proxy.Configuration.GatewayApi;
using Parallax.Proxy.Configuration.Istio;

namespace Parallax.Proxy.Configuration.Loading;

/// <summary>All documents that were read, by kind, in the order in which they stand.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class DocumentSet
{
    public IstioDocuments OfIstio { get; } = new();

    public KubernetesDocuments OfGatewayApi { get; } = new();

    public List<DestinationRuleDocument> DestinationRules { get; } = [];

    public List<ServiceEntryDocument> ServiceEntries { get; } = [];

    public List<WorkloadEntryDocument> WorkloadEntries { get; } = [];

    /// <summary>How many documents are of a kind that is honoured.</summary>
    public int Count { get; set; }
}
