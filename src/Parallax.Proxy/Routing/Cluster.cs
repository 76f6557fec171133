using System.Net;
using System.Net.Security;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Routing;

/// <summary>Looks up the addresses of a name.</summary>
public delegate Task<IPAddress[]> AddressResolver(string host, CancellationToken cancellationToken);

/// <summary>The state of a cluster that outlives reloads: endpoints with their health, and limits. Shared by all loops.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public sealed class Cluster
{
    // Envoy's max_ejection_time.
    private static readonly TimeSpan LongestEjection = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();

    // Addresses of the endpoints given by name, by index in the configuration. Under the lock.
    private readonly Dictionary<int, IPAddress[]> _resolved = [];
    private EndpointView _view;
    private long _nextLook = long.MaxValue;
    private bool _isLookedUp;
    private SslClientAuthenticationOptions? _tls;

    /// <param name="config">What it is made from.</param>
    /// <param name="before">The cluster of that name so far: what it has looked up is good until the next look. Null for none.</param>
    internal Cluster(ClusterConfig config, Cluster? before = null)
    {
        Config = config;
        Limits = new ClusterLimits(config.ConnectionPool);
        _view = new EndpointView([], [], 0);
        lock (_lock)
        {
            foreach (var (index, endpoint) in config.Endpoints.Index())
            {
                if (before?.AddressesOf(endpoint.Host) is { } known)
                {
                    _resolved[index] = known;
                }
            }

            Rebuild_NeedsLock();
        }
    }

    /// <summary>What it was made from; a reload that leaves it as it is keeps the cluster.</summary>
    public ClusterConfig Config { get; }

    /// <summary>The endpoints; swapped whole when names are resolved again.</summary>
    public IReadOnlyList<ClusterEndpoint> Endpoints => Volatile.Read(ref _view).All;

    /// <summary>How TLS is spoken to its endpoints in handshakes that begin from now on; null for plain text.</summary>
    internal SslClientAuthenticationOptions? Tls
    {
        get => Volatile.Read(ref _tls);
        set => Volatile.Write(ref _tls, value);
    }

    /// <summary>What is in flight, and how much of it may be.</summary>
    public ClusterLimits Limits { get; }

    /// <summary>The endpoints at this time. Those whose time is over are let in again.</summary>
    internal EndpointView ViewAt(long now)
    {
        if (now >= Volatile.Read(ref _nextLook))
        {
            Look(now);
        }

        return Volatile.Read(ref _view);
    }

    /// <summary>Looks up the endpoints that are given by name, unless that is being done. What cannot be found keeps the addresses it had.
    /// </summary>
    /// <param name="resolve">Looks a name up; a <see cref="System.Net.Sockets.SocketException"/> means it was not found.</param>
    /// <param name="cancellationToken">Stops it.</param>
    internal async Task RefreshAsync(AddressResolver resolve, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isLookedUp, true))
        {
            return;
        }

        try
        {
            await LookUpAsync(resolve, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _isLookedUp, false);
        }
    }

    /// <summary>Leaves an endpoint out for a while, if the configuration allows another one.</summary>
    internal void Eject(ClusterEndpoint endpoint, long now)
    {
        lock (_lock)
        {
            var detection = Config.OutlierDetection!;
            var all = _view.All;
            var ejected = all.Count(other => other.EjectedUntil != long.MinValue);
            var mayEject = ejected == 0 || (ejected + 1) * 100L <= (long)all.Length * detection.MaxEjectionPercent;
            endpoint.ForgetErrors();
            if (!mayEject || endpoint.EjectedUntil != long.MinValue)
            {
                return;
            }

            endpoint.Ejections++;
            var longest = detection.BaseEjectionTime > LongestEjection ? detection.BaseEjectionTime : LongestEjection;
            var time = Math.Min((double)detection.BaseEjectionTime.Ticks * endpoint.Ejections, longest.Ticks);
            endpoint.EjectedUntil = now + ((long)time * TimeSpan.NanosecondsPerTick);
            if (_nextLook == long.MaxValue)
            {
                Volatile.Write(ref _nextLook, now + IntervalOf(detection));
            }

            Rebuild_NeedsLock();
        }
    }

    private async Task LookUpAsync(AddressResolver resolve, CancellationToken cancellationToken)
    {
        for (var index = 0; index < Config.Endpoints.Count; index++)
        {
            if (Config.Endpoints[index].Address is not null)
            {
                continue;
            }

            var addresses = await TryResolveAsync(resolve, Config.Endpoints[index].Host, cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                if (addresses.Length > 0 && !(_resolved.TryGetValue(index, out var known) && known.ToHashSet().SetEquals(addresses)))
                {
                    _resolved[index] = addresses;
                    Rebuild_NeedsLock();
                }
            }
        }
    }

    private IPAddress[]? AddressesOf(string host)
    {
        lock (_lock)
        {
            foreach (var (index, addresses) in _resolved)
            {
                if (Config.Endpoints[index].Host == host)
                {
                    return addresses;
                }
            }
        }

        return null;
    }

    // At least a millisecond: looking takes the lock.
    private static long IntervalOf(OutlierDetectionConfig detection) =>
        Math.Max(detection.Interval.Ticks, TimeSpan.TicksPerMillisecond) * TimeSpan.NanosecondsPerTick;

    private static async Task<IPAddress[]> TryResolveAsync(AddressResolver resolve, string host, CancellationToken cancellationToken)
    {
        try
        {
            return await resolve(host, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is System.Net.Sockets.SocketException or ArgumentException)
        {
            // Not found; or no name at all, such as one that is too long with its domain.
            return [];
        }
    }

    // Once in an interval: lets in whose time is over, and forgives one ejection of each that was in for the whole interval.
    private void Look(long now)
    {
        lock (_lock)
        {
            if (now < _nextLook)
            {
                return;
            }

            var isQuiet = true;
            foreach (var endpoint in _view.All)
            {
                if (endpoint.EjectedUntil == long.MinValue)
                {
                    endpoint.Ejections = Math.Max(0, endpoint.Ejections - 1);
                }
                else if (now >= endpoint.EjectedUntil)
                {
                    endpoint.EjectedUntil = long.MinValue;
                    endpoint.ForgetErrors();
                }

                isQuiet &= endpoint.Ejections == 0;
            }

            Volatile.Write(ref _nextLook, isQuiet ? long.MaxValue : now + IntervalOf(Config.OutlierDetection!));
            Rebuild_NeedsLock();
        }
    }

    private void Rebuild_NeedsLock()
    {
        var known = _view.All.ToDictionary(endpoint => (endpoint.Address, endpoint.Weight));
        var all = new List<ClusterEndpoint>();
        for (var index = 0; index < Config.Endpoints.Count; index++)
        {
            var config = Config.Endpoints[index];
            var addresses = config.Address is { } address ? [address] : _resolved.GetValueOrDefault(index, []);
            foreach (var place in addresses.Select(each => new IPEndPoint(each, config.Port)))
            {
                if (!all.Exists(endpoint => endpoint.Address.Equals(place)))
                {
                    all.Add(known.GetValueOrDefault((place, config.Weight)) ?? new ClusterEndpoint(Config, place, config.Weight, Eject));
                }
            }
        }

        var usable = all.FindAll(endpoint => endpoint.EjectedUntil == long.MinValue);
        var isPanic = usable.Count * 100L < (long)all.Count * (Config.OutlierDetection?.MinHealthPercent ?? 0);
        Volatile.Write(ref _view, new EndpointView([.. all], isPanic ? [.. all] : [.. usable], Config.SmallestRing));
    }
}
