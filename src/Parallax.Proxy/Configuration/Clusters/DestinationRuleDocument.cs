using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Clusters;

/// <summary>An Istio DestinationRule.</summary>
/// <param name="Head">Its name and namespace.</param>
/// <param name="Host">The host, full or a pattern.</param>
/// <param name="Policy">How its service is spoken to.</param>
/// <param name="Subsets">The subsets.</param>
internal sealed record DestinationRuleDocument(
    DocumentHead Head, string Host, TrafficPolicyDocument Policy, IReadOnlyList<SubsetDocument> Subsets);

/// <summary>A part of a service's endpoints: those that carry all the labels.</summary>
internal sealed record SubsetDocument(
    Place Place, string Name, IReadOnlyList<KeyValuePair<string, string>> Labels, TrafficPolicyDocument Policy);

/// <summary>How a service is spoken to; what is null is left to the next wider policy.</summary>
internal sealed record TrafficPolicyDocument
{
    public LoadBalancerConfig? LoadBalancer { get; init; }

    public ConnectionPoolConfig? ConnectionPool { get; init; }

    public OutlierDetectionConfig? OutlierDetection { get; init; }

    public TlsPolicy? Tls { get; init; }

    /// <summary>Policies of single ports, which replace all others there.</summary>
    public IReadOnlyList<PortPolicyDocument> Ports { get; init; } = [];

    /// <summary>This policy, with what <paramref name="narrower"/> says in place of its own, for one port.</summary>
    public TrafficPolicyDocument For(TrafficPolicyDocument? narrower, int port)
    {
        var merged = this with
        {
            LoadBalancer = narrower?.LoadBalancer ?? LoadBalancer,
            ConnectionPool = narrower?.ConnectionPool ?? ConnectionPool,
            OutlierDetection = narrower?.OutlierDetection ?? OutlierDetection,
            Tls = narrower?.Tls ?? Tls,
        };

        // A port's policy inherits nothing, as in Istio.
        return (narrower?.Ports ?? []).Concat(Ports).FirstOrDefault(each => each.Port == port)?.Policy ?? merged;
    }
}

/// <summary>A policy of one port.</summary>
internal sealed record PortPolicyDocument(int Port, TrafficPolicyDocument Policy);

/// <summary>Whether TLS is spoken, and how.</summary>
/// <param name="Place">Where it stands.</param>
/// <param name="Config">How; null is plain text.</param>
/// <param name="IsMutual">Whether we have a certificate of our own.</param>
/// <param name="CredentialName">What the files are called; null when they are named one by one.</param>
internal sealed record TlsPolicy(Place Place, ClusterTlsConfig? Config, bool IsMutual, string? CredentialName)
{
    /// <summary>False when a file it names is not there.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>The policy with the files of its credential; null without them, and for plain text.</summary>
    public ClusterTlsConfig? With(string? folder)
    {
        if (CredentialName is null || Config is null)
        {
            return Config;
        }

        var authorities = CertificateFiles.FindAuthorities(folder, CredentialName);
        var own = IsMutual ? CertificateFiles.Find(folder, CredentialName) : null;
        return (IsMutual ? own is null : authorities is null) ? null : Config with
        {
            Authorities = authorities,
            CertificateFile = own?.CertificateFile,
            PrivateKeyFile = own?.PrivateKeyFile,
        };
    }

    /// <summary>The files that are looked for.</summary>
    public string FilesOf(string credential) => IsMutual ? $"{credential}.crt and {credential}.key" : $"{credential}-cacert.crt";
}
