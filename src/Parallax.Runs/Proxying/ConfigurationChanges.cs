using Parallax.Proxy.Configuration.Model;

namespace Parallax.Runs.Proxying;

/// <summary>What another configuration changes about mirrors, in words.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class ConfigurationChanges
{
    private const int Shown = 5;

    /// <summary>The changes, such as <c>catalog-v2 25 % -> 100 %</c>; <c>mirrors as before</c> when no share and no target changed.
    /// </summary>
    public static string Of(ProxyConfig before, ProxyConfig after)
    {
        var (old, now) = (MirrorsOf(before), MirrorsOf(after));
        var changes = now.SelectMany(each => old.TryGetValue(each.Key, out var was) ? Changes(each.Key, was, each.Value)
                : [$"{each.Key} {each.Value.Shares} added"])
            .Concat(old.Keys.Except(now.Keys).Select(name => $"{name} removed"))
            .ToList();
        return changes.Count == 0 ? "mirrors as before"
            : string.Join(", ", changes.Take(Shown)) + (changes.Count > Shown ? $" and {changes.Count - Shown} more" : "");
    }

    private static IEnumerable<string> Changes(string name, (string Shares, string Targets) was, (string Shares, string Targets) now)
    {
        if (was.Targets != now.Targets)
        {
            yield return $"{name} {was.Targets} -> {now.Targets}";
        }

        if (was.Shares != now.Shares)
        {
            yield return $"{name} {was.Shares} -> {now.Shares}";
        }
    }

    // A mirror of one name may stand in several routes, with a share and a target in each.
    private static Dictionary<string, (string Shares, string Targets)> MirrorsOf(ProxyConfig config) => config.Listeners
        .SelectMany(listener => listener.VirtualHosts)
        .SelectMany(host => host.Routes)
        .SelectMany(route => route.Mirrors)
        .GroupBy(mirror => mirror.Name)
        .ToDictionary(
            same => same.Key,
            same => (Joined(same.Select(mirror => mirror.Sampler.ToPercent())), Joined(same.Select(mirror => mirror.Cluster))));

    private static string Joined(IEnumerable<string> values) => string.Join(" and ", values.Distinct());
}
