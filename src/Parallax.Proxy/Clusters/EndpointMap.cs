using System.Diagnostics.CodeAnalysis;
using Parallax.Proxy.Routing;

namespace Parallax.Proxy.Clusters;

/// <summary>What one loop keeps for each endpoint. Endpoints come and go with every look-up of a name, so from time to time those that are
/// gone have to be taken out: after a reload, and when there are twice as many as were left the last time.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class EndpointMap<TValue>
    where TValue : class
{
    private const int LeastToSweep = 16;

    private readonly Dictionary<ClusterEndpoint, TValue> _values = new(ReferenceEqualityComparer.Instance);
    private int _sweepAt = LeastToSweep;

    /// <summary>How many endpoints there is something for.</summary>
    public int Count => _values.Count;

    /// <summary>All that is kept.</summary>
    public IReadOnlyCollection<TValue> Values => _values.Values;

    /// <summary>True when it is time for <see cref="TakeGone"/>.</summary>
    public bool IsSweepDue => _values.Count >= _sweepAt;

    /// <summary>What is kept for an endpoint.</summary>
    public bool TryGet(ClusterEndpoint endpoint, [NotNullWhen(true)] out TValue? value) => _values.TryGetValue(endpoint, out value);

    /// <summary>Keeps something for an endpoint.</summary>
    public void Add(ClusterEndpoint endpoint, TValue value) => _values.Add(endpoint, value);

    /// <summary>Takes out what was kept for endpoints that are gone.</summary>
    public List<TValue> TakeGone(ClusterSet clusters)
    {
        var gone = new List<TValue>();
        foreach (var (endpoint, value) in _values)
        {
            if (!clusters.Has(endpoint))
            {
                gone.Add(value);
                _values.Remove(endpoint);
            }
        }

        _sweepAt = Math.Max(LeastToSweep, _values.Count * 2);
        return gone;
    }
}
