using System.Text;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Routing;

/// <summary>A ring of hashes on which every endpoint owns places in proportion to its weight: when one comes or goes, little more than
/// its own
/// share of the keys moves.</summary>
/// <remarks>Its places are those of Envoy's ring hash (xxHash64 of <c>ADDRESS:PORT_INDEX</c>), so that a proxy beside an Envoy chooses the
/// endpoint that it chooses. Thread safety: immutable.</remarks>
internal sealed class HashRing
{
    // Envoy's.
    private const int LargestRing = 8 * 1024 * 1024;

    private readonly ulong[] _hashes;
    private readonly ClusterEndpoint[] _owners;

    public HashRing(ClusterEndpoint[] endpoints, int smallestRing)
    {
        var weights = endpoints.Sum(endpoint => (double)endpoint.Weight);
        var lightest = endpoints.Length == 0 ? 1 : endpoints.Min(endpoint => endpoint.Weight) / weights;

        // Even the lightest endpoint has a whole number of places. What is left of one endpoint's places is the next one's.
        var scale = Math.Min(Math.Ceiling(lightest * smallestRing) / lightest, LargestRing);
        var places = new List<(ulong Hash, ClusterEndpoint Owner)>();
        var wanted = 0.0;
        foreach (var endpoint in endpoints)
        {
            wanted += scale * (endpoint.Weight / weights);
            for (var index = 0; places.Count < wanted; index++)
            {
                places.Add((StableHash.Of(Encoding.ASCII.GetBytes($"{endpoint.Address}_{index}")), endpoint));
            }
        }

        places.Sort(static (left, right) => left.Hash != right.Hash
            ? left.Hash.CompareTo(right.Hash)
            : string.CompareOrdinal(left.Owner.Address.ToString(), right.Owner.Address.ToString()));
        _hashes = [.. places.Select(place => place.Hash)];
        _owners = [.. places.Select(place => place.Owner)];
    }

    /// <summary>The number of places.</summary>
    public int Count => _hashes.Length;

    /// <summary>The owner of the first place at or after a hash; the next one's when that is to be avoided.</summary>
    public ClusterEndpoint Find(ulong hash, ClusterEndpoint? avoid)
    {
        var at = Array.BinarySearch(_hashes, hash);
        at = (at < 0 ? ~at : at) % _hashes.Length;
        for (var step = 0; step < _owners.Length; step++)
        {
            var owner = _owners[(at + step) % _owners.Length];
            if (owner != avoid)
            {
                return owner;
            }
        }

        return _owners[at];
    }
}
