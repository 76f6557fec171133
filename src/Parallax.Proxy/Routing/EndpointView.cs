namespace Parallax.Proxy.Routing;

/// <summary>The endpoints of a cluster at one time, and what choosing among them needs. A change makes a new one.</summary>
/// <remarks>Thread safety: immutable.</remarks>
internal sealed class EndpointView
{
    public EndpointView(ClusterEndpoint[] all, ClusterEndpoint[] usable, int smallestRing)
    {
        All = all;
        Usable = usable;
        Ends = new long[usable.Length];
        var sum = 0L;
        for (var index = 0; index < usable.Length; index++)
        {
            Ends[index] = sum += usable[index].Weight;
            HasWeights |= usable[index].Weight != usable[0].Weight;
        }

        Ring = smallestRing > 0 ? new HashRing(usable, smallestRing) : null;
    }

    /// <summary>Every endpoint.</summary>
    public ClusterEndpoint[] All { get; }

    /// <summary>Those that requests may go to.</summary>
    public ClusterEndpoint[] Usable { get; }

    /// <summary>The sum of the weights up to and with each of <see cref="Usable"/>.</summary>
    public long[] Ends { get; }

    /// <summary>True when not all weights are the same.</summary>
    public bool HasWeights { get; }

    /// <summary>The ring of a consistent hash; null for other ways to choose.</summary>
    public HashRing? Ring { get; }
}
