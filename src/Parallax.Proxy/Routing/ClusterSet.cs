using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Routing;

/// <summary>All clusters in force, by name.</summary>
/// <remarks>Thread safety: reading from any thread; everything else by one.</remarks>
public sealed class ClusterSet
{
    // A resolver that does not answer holds a thread for each.
    private const int MaxLookups = 8;

    private Dictionary<string, Cluster> _clusters = new(StringComparer.Ordinal);

    // Those of the configuration before that this one has not: requests that began under it may still be on their way to them.
    private Dictionary<string, Cluster> _leaving = new(StringComparer.Ordinal);

    // As it was before the last Apply.
    private (Dictionary<string, Cluster> Clusters, Dictionary<string, Cluster> Leaving)? _undone;

    /// <summary>All of them, in no order.</summary>
    public IReadOnlyCollection<Cluster> Clusters => Volatile.Read(ref _clusters).Values;

    /// <summary>The hosts of all endpoints, each with whether its cluster has an address of any.</summary>
    public IReadOnlyDictionary<string, bool> Hosts => Clusters
        .SelectMany(cluster => cluster.Config.Endpoints, (cluster, endpoint) => (endpoint.Host, HasAddress: cluster.Endpoints.Count > 0))
        .GroupBy(each => each.Host, StringComparer.Ordinal)
        .ToDictionary(same => same.Key, same => same.All(each => each.HasAddress), StringComparer.Ordinal);

    /// <summary>Takes over a new configuration: clusters that did not change keep their state, those that it no longer has can be found
    /// until the next one.</summary>
    /// <remarks>Endpoints given by a name that was not looked up yet have no address before the next <see cref="RefreshAsync"/>.
    /// Certificates are read again, also those of clusters that did not change.</remarks>
    /// <exception cref="System.Security.Cryptography.CryptographicException">A certificate cannot be used; nothing changed.</exception>
    /// <exception cref="IOException">A file cannot be read; nothing changed.</exception>
    public void Apply(ProxyConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _undone = null;
        var tls = config.Clusters.ToDictionary(cluster => cluster.Name, ClusterTls.OptionsOf);
        var before = _clusters;
        var after = new Dictionary<string, Cluster>(StringComparer.Ordinal);
        foreach (var cluster in config.Clusters)
        {
            var known = Find(cluster.Name);
            after.Add(cluster.Name, known?.Config.Fingerprint == cluster.Fingerprint ? known : new Cluster(cluster, known));
        }

        foreach (var (name, cluster) in after)
        {
            cluster.Tls = tls[name];
        }

        _undone = (before, _leaving);

        // Before the others, so that none is missing in between.
        Volatile.Write(ref _leaving, before.Where(each => !after.ContainsKey(each.Key)).ToDictionary(StringComparer.Ordinal));
        Volatile.Write(ref _clusters, after);
    }

    /// <summary>Takes the last <see cref="Apply"/> back, if it changed anything: the configuration could not be used after all.</summary>
    public void Undo()
    {
        if (_undone is { } undone)
        {
            _undone = null;
            Volatile.Write(ref _leaving, undone.Leaving);
            Volatile.Write(ref _clusters, undone.Clusters);
        }
    }

    /// <summary>Looks up every endpoint that is given by name, a few at a time; to be called after <see cref="Apply"/> and every now and
    /// then. Clusters whose names are being looked up are left out.</summary>
    /// <param name="resolve">Looks a name up; a <see cref="System.Net.Sockets.SocketException"/> means it was not found, and the addresses
    /// known before stay.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task RefreshAsync(AddressResolver resolve, CancellationToken cancellationToken)
    {
        var all = Volatile.Read(ref _clusters).Values.Concat(Volatile.Read(ref _leaving).Values);
        var limits = new ParallelOptions { MaxDegreeOfParallelism = MaxLookups, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(all, limits, async (cluster, stop) => await cluster.RefreshAsync(resolve, stop).ConfigureAwait(false));
    }

    /// <summary>The cluster of that name; null when it is not known, or no longer.</summary>
    public Cluster? Find(string name) =>
        Volatile.Read(ref _clusters).GetValueOrDefault(name) ?? Volatile.Read(ref _leaving).GetValueOrDefault(name);

    /// <summary>True as long as requests may be sent to an endpoint: false once its cluster is another, or its name has other
    /// addresses.</summary>
    internal bool Has(ClusterEndpoint endpoint) =>
        Find(endpoint.ClusterName) is { } cluster && cluster.Endpoints.Contains(endpoint);
}
