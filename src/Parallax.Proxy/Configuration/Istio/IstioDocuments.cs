namespace Parallax.Proxy.Configuration.Istio;

/// <summary>Istio's Gateways and VirtualServices that were read, in the order in which they stand.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class IstioDocuments
{
    public List<IstioGatewayDocument> Gateways { get; } = [];

    public List<VirtualServiceDocument> VirtualServices { get; } = [];
}
