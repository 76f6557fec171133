using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.GatewayApi;

/// <summary>Says whether a document may refer to something in another namespace.</summary>
internal sealed class ReferenceGrants(IReadOnlyList<ReferenceGrantDocument> grants)
{
    /// <summary>True within a namespace, and when the other namespace grants it.</summary>
    /// <param name="from">The document that refers.</param>
    /// <param name="kind">The kind it refers to, of the group of Service and Secret.</param>
    /// <param name="name">Its name.</param>
    /// <param name="inNamespace">Its namespace.</param>
    public bool Allow(DocumentHead from, string kind, string name, string inNamespace) =>
        from.Namespace == inNamespace
        || grants.Any(grant => grant.Head.Namespace == inNamespace
            && grant.From.Any(each => each.Group == from.Group && each.Kind == from.Kind && each.Namespace == from.Namespace)
            && grant.To.Any(each => each.Group.Length == 0 && each.Kind == kind && (string.IsNullOrEmpty(each.Name) || each.Name == name)));
}
