using System.Globalization;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Configuration.Reading;

namespace Parallax.Proxy.Configuration.Clusters;

/// <summary>Names mirrors after what they send to.</summary>
internal static class MirrorNames
{
    /// <summary>The name of the next mirror of a route: the short host, and the subset when there is one.</summary>
    /// <param name="service">What it sends to.</param>
    /// <param name="before">The route's mirrors that have names already.</param>
    public static string Next(HostReference service, IReadOnlyCollection<MirrorConfig> before)
    {
        var host = Hostnames.Short(service.Host);
        var name = service.Subset.Length == 0 ? host : $"{host}-{service.Subset}";
        var alike = before.Count(each => each.Name == name || each.Name.StartsWith(name + "#", StringComparison.Ordinal));
        return alike == 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}#{alike + 1}");
    }
}
