using System.Globalization;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Runs.Proxying;

/// <summary>What another configuration changes about mirrors, in words.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class ConfigurationChanges
{
    private const int Shown = 5;

    /// <summary>The changes, such as <c>catalog-v2 25 % -> 100 %</c>; <c>mirrors as before</c> when there are none.</summary>
    public static string Of(ProxyConfig before, ProxyConfig after)
    {
        var (old, now) = (SharesOf(before), SharesOf(after));
        var changes = now.Where(each => old.GetValueOrDefault(each.Key) != each.Value)
            .Select(each => old.TryGetValue(each.Key, out var share)
                ? $"{each.Key} {share} -> {each.Value}"
                : $"{each.Key} {each.Value} added")
            .Concat(old.Keys.Except(now.Keys).Select(name => $"{name} removed"))
            .ToList();
        return changes.Count == 0 ? "mirrors as before"
            : string.Join(", ", changes.Take(Shown)) + (changes.Count > Shown ? $" and {changes.Count - Shown} more" : "");
    }

    // A mirror of one name may stand in several routes, with a share in each.
    private static Dictionary<string, string> SharesOf(ProxyConfig config) => config.Listeners
        .SelectMany(listener => listener.VirtualHosts)
        .SelectMany(host => host.Routes)
        .SelectMany(route => route.Mirrors)
        .GroupBy(mirror => mirror.Name)
        .ToDictionary(same => same.Key, same => string.Join(" and ", same.Select(mirror => PercentOf(mirror.Sampler)).Distinct()));

    private static string PercentOf(Traffic.Policy.Sampler sampler) => string.Create(
        CultureInfo.InvariantCulture, $"{sampler.Numerator * 100.0 / Traffic.Policy.Sampler.Denominator:0.####} %");
}
