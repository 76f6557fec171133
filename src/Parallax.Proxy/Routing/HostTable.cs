using System.Collections.Frozen;

namespace Parallax.Proxy.Routing;

/// <summary>Finds the virtual host for an authority: the exact hostname, else the longest wildcard, else <c>*</c>.</summary>
/// <remarks>Thread safety: immutable. No allocation.</remarks>
internal sealed class HostTable
{
    // RFC 1035 §2.3.4 allows 255; no hostname of a configuration is longer.
    private const int LongestHost = 255;

    private readonly FrozenDictionary<string, HostRoutes>.AlternateLookup<ReadOnlySpan<char>> _exact;
    private readonly FrozenDictionary<string, HostRoutes>.AlternateLookup<ReadOnlySpan<char>> _wildcards;
    private readonly bool _hasExact;
    private readonly bool _hasWildcards;
    private readonly bool _hasPartialWildcards;
    private readonly HostRoutes? _any;

    /// <param name="hosts">Hostnames in lower case: <c>a.example.com</c>, <c>*.example.com</c>, <c>*-eu.example.com</c> or
    /// <c>*</c>.</param>
    public HostTable(IEnumerable<KeyValuePair<string, HostRoutes>> hosts)
    {
        var exact = new Dictionary<string, HostRoutes>(StringComparer.Ordinal);
        var wildcards = new Dictionary<string, HostRoutes>(StringComparer.Ordinal);
        foreach (var (hostname, routes) in hosts)
        {
            if (hostname == "*")
            {
                _any = routes;
            }
            else if (hostname.StartsWith('*'))
            {
                wildcards.Add(hostname[1..].ToLowerInvariant(), routes);
            }
            else
            {
                exact.Add(hostname.ToLowerInvariant(), routes);
            }
        }

        _exact = exact.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _wildcards = wildcards.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _hasPartialWildcards = wildcards.Keys.Any(suffix => suffix[0] != '.');
        (_hasExact, _hasWildcards) = (exact.Count > 0, wildcards.Count > 0);
    }

    /// <summary>The virtual host for a host without port; null when none fits.</summary>
    public HostRoutes? Find(ReadOnlySpan<byte> host)
    {
        if ((!_hasExact && !_hasWildcards) || host.Length > LongestHost)
        {
            return _any;
        }

        Span<char> lower = stackalloc char[LongestHost];
        for (var at = 0; at < host.Length; at++)
        {
            lower[at] = (char)(host[at] is >= (byte)'A' and <= (byte)'Z' ? host[at] | 0x20 : host[at]);
        }

        lower = lower[..host.Length];
        return _hasExact && _exact.TryGetValue(lower, out var routes) ? routes : FindWildcard(lower) ?? _any;
    }

    // From the longest suffix to the shortest, from dot to dot unless a star begins a label; at least one octet must stand for the star.
    private HostRoutes? FindWildcard(ReadOnlySpan<char> host)
    {
        var at = 1;
        while (_hasWildcards && at < host.Length && (_hasPartialWildcards ? 0 : host[at..].IndexOf('.')) is var dot and >= 0)
        {
            at += dot;
            if (_wildcards.TryGetValue(host[at..], out var routes))
            {
                return routes;
            }

            at++;
        }

        return null;
    }
}
