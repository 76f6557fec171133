using Parallax.Documents;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Loading;

/// <summary>What the proxy makes of a kind of document.</summary>
internal enum KindUse
{
    /// <summary>It is read.</summary>
    Read,

    /// <summary>It says nothing to the proxy.</summary>
    Skipped,

    /// <summary>Its group has no such kind, but one that is spelt nearly so.</summary>
    MisspeltKind,

    /// <summary>The kind is one of ours, its group is spelt nearly like ours or not given.</summary>
    MisspeltGroup,
}

/// <summary>The kinds of documents there are.</summary>
internal static class DocumentKinds
{
    private static readonly Dictionary<string, string[]> OfGroup = new(StringComparer.Ordinal)
    {
        [ApiGroups.Istio] = ["Gateway", "VirtualService", "DestinationRule", "ServiceEntry", "WorkloadEntry"],
        [ApiGroups.GatewayApi] = ["Gateway", "HTTPRoute", "ReferenceGrant"],
        [""] = ["Namespace"],
    };

    // Kinds of the same groups that say nothing to a standalone proxy of HTTP.
    private static readonly Dictionary<string, string[]> Others = new(StringComparer.Ordinal)
    {
        [ApiGroups.Istio] = ["EnvoyFilter", "Sidecar", "WorkloadGroup", "ProxyConfig"],
        [ApiGroups.GatewayApi] =
        [
            "GatewayClass", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute", "BackendTLSPolicy", "BackendLBPolicy", "ListenerSet",
        ],
    };

    // Of these a user would expect an effect.
    private static readonly Dictionary<string, string> Expected = new(StringComparer.Ordinal)
    {
        [$"{ApiGroups.GatewayApi}/BackendTLSPolicy"] =
            "is not supported: the services it names are spoken to in plain text, unless a DestinationRule has tls",
        [$"{ApiGroups.GatewayApi}/ListenerSet"] = "is not supported: its listeners are not served",
        [$"{ApiGroups.GatewayApi}/GRPCRoute"] = "is not supported: HTTP/1 only",
        [$"{ApiGroups.Istio}/EnvoyFilter"] = "is not supported: there is no Envoy to configure",
    };

    private static readonly Dictionary<string, string[]> Versions = new(StringComparer.Ordinal)
    {
        [ApiGroups.Istio] = ["v1", "v1beta1", "v1alpha3"],
        [ApiGroups.GatewayApi] = ["v1", "v1beta1", "v1alpha2"],
    };

    /// <summary>What is made of a kind, and for one that is misspelt what was meant.</summary>
    public static (KindUse Use, string Meant) Find(string group, string kind)
    {
        if (OfGroup.TryGetValue(group, out var ours) && ours.Contains(kind))
        {
            return (KindUse.Read, kind);
        }

        if (Others.TryGetValue(group, out var others))
        {
            return !others.Contains(kind) && Spelling.Nearest(kind, [.. ours!, .. others]) is { } nearest
                ? (KindUse.MisspeltKind, nearest)
                : (KindUse.Skipped, "");
        }

        // A kind of ours in a group of others is theirs; one in a group that is nearly ours must not pass for it.
        var meant = Others.Keys.FirstOrDefault(each => OfGroup[each].Contains(kind)
            && (group.Length == 0 || Spelling.Distance(group, each) <= 2));
        return meant is null ? (KindUse.Skipped, "") : (KindUse.MisspeltGroup, meant);
    }

    /// <summary>Why documents of a kind that is skipped are skipped.</summary>
    public static string ReasonFor(string group, string kind) =>
        Expected.GetValueOrDefault($"{group}/{kind}", "says nothing to the proxy");

    /// <summary>The versions of a group; empty when any will do.</summary>
    public static IReadOnlyCollection<string> VersionsOf(string group) => Versions.GetValueOrDefault(group) ?? [];

    /// <summary>The group of an <c>apiVersion</c>, empty for <c>v1</c>, and its version.</summary>
    public static (string Group, string Version) Split(string apiVersion)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return (slash < 0 ? "" : apiVersion[..slash], apiVersion[(slash + 1)..]);
    }
}
