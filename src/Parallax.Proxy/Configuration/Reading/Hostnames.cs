namespace Parallax.Proxy.Configuration.Reading;

/// <summary>What can be said of hostnames and patterns of them: exact, <c>*.example.com</c>, or <c>*</c>.</summary>
internal static class Hostnames
{
    private const string ClusterSuffix = ".svc.cluster.local";

    /// <summary>The full name of a service: a name without a dot is one of the namespace.</summary>
    public static string Qualify(string host, string inNamespace) =>
        host.Contains('.', StringComparison.Ordinal) || host.Contains(':', StringComparison.Ordinal) || host is "*" or ""
            ? host.TrimEnd('.').ToLowerInvariant()
        : $"{host.ToLowerInvariant()}.{inNamespace}{ClusterSuffix}";

    /// <summary>The names a service of the cluster is called by: <c>a</c>, <c>a.ns</c>, <c>a.ns.svc</c>, <c>a.ns.svc.cluster.local</c>; for
    /// any other host itself only.</summary>
    /// <param name="host">The full name.</param>
    public static IEnumerable<string> NamesOf(string host) => NamespaceOf(host) is { } place
        ? [Short(host), $"{Short(host)}.{place}", $"{Short(host)}.{place}.svc", host]
        : [host];

    /// <summary>The namespace of a service of the cluster; null for other hosts.</summary>
    public static string? NamespaceOf(string host) =>
        host.EndsWith(ClusterSuffix, StringComparison.Ordinal)
        && host[..^ClusterSuffix.Length].Split('.') is [not "*", var place] ? place : null;

    /// <summary>The name without what every service of a cluster has; for logs and mirrors' names.</summary>
    public static string Short(string host) =>
        NamespaceOf(host) is null ? host : host[..host.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>True for <c>*</c> and <c>*.example.com</c>, which stand for other hosts.</summary>
    public static bool IsWildcard(string host) => host.StartsWith('*');

    /// <summary>True when every host of <paramref name="narrow"/> is one of <paramref name="wide"/>; both may be patterns.</summary>
    public static bool Covers(string wide, string narrow) =>
        wide == "*"
        || wide == narrow
        || (IsWildcard(wide)
            && narrow.Length > wide.Length - 1
            && narrow.EndsWith(wide[1..], StringComparison.Ordinal));

    /// <summary>The hosts that fit both; null when there are none.</summary>
    public static string? Intersect(string a, string b) => Covers(a, b) ? b : Covers(b, a) ? a : null;

    /// <summary>True for a name of letters, digits, hyphens (and underscores, which services in the wild have) in labels.</summary>
    public static bool IsName(string host) =>
        host.Length is > 0 and <= 253
        && host.Split('.').All(label => label.Length is > 0 and <= 63
            && label.All(each => char.IsAsciiLetterOrDigit(each) || each is '-' or '_')
            && label[0] != '-'
            && label[^1] != '-');

    /// <summary>True for a name, <c>*.</c> and a name, or <c>*</c>.</summary>
    public static bool IsPattern(string host) =>
        host == "*" || IsName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host);

    /// <summary>True for what Istio takes for a host: a pattern whose star may also begin a label (<c>*-eu.example.com</c>), a name that
    /// ends with a dot, or an IP address.</summary>
    public static bool IsIstioPattern(string host)
    {
        var name = host.Length > 1 && host[^1] == '.' ? host[..^1] : host;
        return IsPattern(name)
            || System.Net.IPAddress.TryParse(host, out _)
            || (IsWildcard(name) && IsName(name[1..].TrimStart('-')));
    }

    /// <summary>An IP address as it stands in an authority: one of IPv6 between brackets. Any other host is as it was.</summary>
    public static string InAuthority(string host) =>
        host.Contains(':', StringComparison.Ordinal) && System.Net.IPAddress.TryParse(host, out var address) ? $"[{address}]" : host;

    /// <summary>True for a label of RFC 1123, as subsets and Kubernetes names are.</summary>
    public static bool IsLabel(string text) => IsName(text) && !text.AsSpan().ContainsAny('.', '_');
}
