using System.Collections.Frozen;

namespace Parallax.Proxy.Routing;

/// <summary>Finds what belongs to a hostname, whether that of an authority or of a TLS handshake: what has the exact name, else the longest
/// wildcard, else <c>*</c>. Upper case and a dot at the end make no difference.</summary>
/// <typeparam name="T">What is found: virtual hosts, servers.</typeparam>
/// <remarks>Thread safety: immutable. No allocation.</remarks>
internal sealed class HostTable<T>
    where T : class
{
    // RFC 1035 §2.3.4 allows 255; no hostname of a configuration is longer.
    private const int LongestHost = 255;

    private readonly FrozenDictionary<string, T>.AlternateLookup<ReadOnlySpan<char>> _exact;
    private readonly FrozenDictionary<string, T>.AlternateLookup<ReadOnlySpan<char>> _wildcards;
    private readonly bool _hasExact;
    private readonly bool _hasWildcards;
    private readonly bool _hasPartialWildcards;
    private readonly T? _any;

    /// <param name="hosts">Hostnames in lower case: <c>a.example.com</c>, <c>*.example.com</c>, <c>*-eu.example.com</c> or
    /// <c>*</c>.</param>
    public HostTable(IEnumerable<KeyValuePair<string, T>> hosts)
    {
        var exact = new Dictionary<string, T>(StringComparer.Ordinal);
        var wildcards = new Dictionary<string, T>(StringComparer.Ordinal);
        foreach (var (hostname, found) in hosts)
        {
            if (hostname == "*")
            {
                _any = found;
            }
            else if (hostname.StartsWith('*'))
            {
                wildcards.Add(hostname[1..].ToLowerInvariant(), found);
            }
            else
            {
                exact.Add(hostname.ToLowerInvariant(), found);
            }
        }

        _exact = exact.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _wildcards = wildcards.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _hasPartialWildcards = wildcards.Keys.Any(suffix => suffix[0] != '.');
        (_hasExact, _hasWildcards) = (exact.Count > 0, wildcards.Count > 0);
    }

    /// <summary>What belongs to a host without port; null when nothing does.</summary>
    public T? Find(ReadOnlySpan<byte> host)
    {
        if (host.Length > 1 && host[^1] == (byte)'.')
        {
            host = host[..^1];
        }

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
        return _hasExact && _exact.TryGetValue(lower, out var found) ? found : FindWildcard(lower) ?? _any;
    }

    // From the longest suffix to the shortest, from dot to dot unless a star begins a label; at least one octet must stand for the star.
    private T? FindWildcard(ReadOnlySpan<char> host)
    {
        var at = 1;
        while (_hasWildcards && at < host.Length && (_hasPartialWildcards ? 0 : host[at..].IndexOf('.')) is var dot and >= 0)
        {
            at += dot;
            if (_wildcards.TryGetValue(host[at..], out var found))
            {
                return found;
            }

            at++;
        }

        return null;
    }
}
