using Parallax.Proxy.Configuration;

namespace Parallax.Proxy.Routing;

/// <summary>All clusters in force, by name.</summary>
/// <remarks>Thread safety: reading from any thread; <see cref="Apply"/> and <see cref="RefreshAsync"/> by one.</remarks>
public sealed class ClusterSet
{
    private Dictionary<string, Cluster> _clusters = new(StringComparer.Ordinal);

    // Those of the configuration before that this one has not: requests that began under it may still be on their way to them.
    private Dictionary<string, Cluster> _leaving = new(StringComparer.Ordinal);

    /// <summary>All of them, in no order.</summary>
    public IReadOnlyCollection<Cluster> Clusters => Volatile.Read(ref _clusters).Values;

    /// <summary>Takes over a new configuration: clusters that did not change keep their state, those that it has not any more can be found
    /// until the next one.</summary>
    /// <remarks>Endpoints given by a name that was not looked up yet have no address before the next <see cref="RefreshAsync"/>.</remarks>
    public void Apply(ProxyConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var before = _clusters;
        var after = new Dictionary<string, Cluster>(StringComparer.Ordinal);
        foreach (var cluster in config.Clusters)
        {
            var known = Find(cluster.Name);
            after.Add(cluster.Name, known?.Config.Fingerprint == cluster.Fingerprint ? known : new Cluster(cluster, known));
        }

        // Before the others, so that none is missing in between.
        Volatile.Write(ref _leaving, before.Where(each => !after.ContainsKey(each.Key)).ToDictionary(StringComparer.Ordinal));
        Volatile.Write(ref _clusters, after);
    }

    /// <summary>Looks up every endpoint that is given by name; to be called behind <see cref="Apply"/> and every now and then.</summary>
    /// <param name="resolve">Looks a name up; a <see cref="System.Net.Sockets.SocketException"/> means it was not found, and the addresses
    /// known before stay.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task RefreshAsync(AddressResolver resolve, CancellationToken cancellationToken)
    {
        var all = Volatile.Read(ref _clusters).Values.Concat(Volatile.Read(ref _leaving).Values);
        return Task.WhenAll(all.Select(cluster => cluster.RefreshAsync(resolve, cancellationToken)));
    }

    /// <summary>The cluster of that name; null when it is not known (any more).</summary>
    public Cluster? Find(string name) =>
        Volatile.Read(ref _clusters).GetValueOrDefault(name) ?? Volatile.Read(ref _leaving).GetValueOrDefault(name);
}
