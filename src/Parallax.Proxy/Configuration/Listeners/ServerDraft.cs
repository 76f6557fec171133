using Parallax.Documents;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Configuration.Listeners;

/// <summary>Routes that stand together under some hostnames.</summary>
/// <param name="Routes">The routes, in their order.</param>
/// <param name="RedirectsToHttps">Whether everything is redirected to https instead.</param>
internal sealed record RouteGroup(IReadOnlyList<RouteConfig> Routes, bool RedirectsToHttps);

/// <summary>A server of a socket while documents are still being read into it.</summary>
/// <param name="port">The port the documents name.</param>
/// <param name="name">What it is called.</param>
/// <param name="hostnames">The server names it is for.</param>
/// <param name="tls">How TLS is terminated; null for plain text.</param>
/// <param name="place">Where it is declared; for plain text, where the first is.</param>
/// <remarks>Thread safety: none.</remarks>
internal sealed class ServerDraft(
    int port, string name, IReadOnlyList<string> hostnames, ServerTlsConfig? tls, Place place)
{
    private readonly Dictionary<string, List<RouteGroup>> _groups = new(StringComparer.Ordinal);

    // By identity: groups are equal only when they are the same.
    private readonly Dictionary<RouteGroup, int> _numbers = new(ReferenceEqualityComparer.Instance);

    /// <summary>The port the documents name.</summary>
    public int Port => port;

    /// <summary>Whether it speaks TLS.</summary>
    public bool IsTls => tls is not null;

    /// <summary>The server names it is for.</summary>
    public IReadOnlyList<string> Hostnames => hostnames;

    /// <summary>Where it is declared.</summary>
    public Place Place => place;

    /// <summary>True when there are routes, or the deliberate lack of them, for a hostname.</summary>
    public bool Has(string hostname) => _groups.ContainsKey(hostname);

    /// <summary>Adds routes to a hostname.</summary>
    public void Add(string hostname, RouteGroup group)
    {
        if (_groups.TryGetValue(hostname, out var groups))
        {
            groups.Add(group);
        }
        else
        {
            _groups.Add(hostname, [group]);
        }
    }

    /// <summary>Answers a hostname 500 that belongs to something left out, where one with wider hostnames would have its
    /// requests.</summary>
    /// <param name="hostname">The hostname.</param>
    /// <param name="origin">What is left out.</param>
    public void Block(string hostname, SourcePosition origin)
    {
        if (!Has(hostname) && _groups.Keys.Any(other => Reading.Hostnames.Covers(other, hostname)))
        {
            Add(hostname, new([RouteConfig.Unusable("left-out", origin)], RedirectsToHttps: false));
        }
    }

    /// <summary>The finished server.</summary>
    public ServerConfig Build() => new()
    {
        Name = name,
        Hostnames = hostnames,
        Tls = tls,
        VirtualHosts = [.. _groups
            .GroupBy(each => string.Join(',', each.Value.Select(group => GroupNumber(group))))
            .Select(alike => new VirtualHostConfig
            {
                Hostnames = [.. alike.Select(each => each.Key)],
                RedirectsToHttps = alike.First().Value.Exists(group => group.RedirectsToHttps),
                Routes = RoutesOf(alike.First().Value),
            })],
    };

    private int GroupNumber(RouteGroup group)
    {
        _numbers.TryAdd(group, _numbers.Count);
        return _numbers[group];
    }

    // Where several documents serve one host, what matches everything goes to the end, as in Istio: else the order of files would hide
    // routes.
    private static List<RouteConfig> RoutesOf(List<RouteGroup> groups)
    {
        var routes = groups.SelectMany(group => group.Routes).ToList();
        return groups.Count == 1 ? routes : [.. routes.Where(route => !route.IsCatchAll), .. routes.Where(route => route.IsCatchAll)];
    }
}
