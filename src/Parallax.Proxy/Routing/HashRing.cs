using System.Numerics;
using System.Text;
using Parallax.Traffic.Matching;

namespace Parallax.Proxy.Routing;

/// <summary>A ring of hashes on which every endpoint owns places in proportion to its weight: when one comes or goes, only its own share of
/// the keys moves.</summary>
/// <remarks>Made from the addresses alone, so it is the same in every process and whatever order they are named in. Thread safety:
/// immutable.</remarks>
internal sealed class HashRing
{
    // Envoy's bound.
    private const int LargestRing = 8 * 1024 * 1024;

    private readonly ulong[] _hashes;
    private readonly ClusterEndpoint[] _owners;

    public HashRing(ClusterEndpoint[] endpoints, int smallestRing)
    {
        var weights = endpoints.Sum(endpoint => (long)endpoint.Weight);
        var lightest = endpoints.Length == 0 ? 1 : endpoints.Min(endpoint => endpoint.Weight);

        // Even the lightest endpoint has a whole number of places, as in Envoy; rounded up to a power of two, so that the number does not
        // change, and with it everybody's places, whenever an endpoint comes or goes.
        var placesOfLightest = (double)BitOperations.RoundUpToPowerOf2(
            (ulong)Math.Ceiling((double)lightest * smallestRing / Math.Max(1, weights)));
        var placesOfOne = Math.Min(placesOfLightest / lightest, (double)LargestRing / Math.Max(1, weights));
        var places = new List<(ulong Hash, ClusterEndpoint Owner)>();
        foreach (var endpoint in endpoints)
        {
            var count = Math.Max(1, (int)Math.Round(endpoint.Weight * placesOfOne));
            for (var index = 0; index < count; index++)
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

    /// <summary>The owner of the first place at or behind a hash; the next one's when that is to be avoided.</summary>
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
