namespace Parallax.Proxy.Configuration.Reading;

/// <summary>The groups of <c>apiVersion</c> whose documents are read.</summary>
internal static class ApiGroups
{
    /// <summary>The group of Istio's kinds.</summary>
    public const string Istio = "networking.istio.io";

    /// <summary>The group of the Gateway API's kinds.</summary>
    public const string GatewayApi = "gateway.networking.k8s.io";
}
