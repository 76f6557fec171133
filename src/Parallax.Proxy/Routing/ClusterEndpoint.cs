using System.Net;
using Parallax.Proxy.Configuration.Model;

namespace Parallax.Proxy.Routing;

/// <summary>One endpoint of a cluster and its health.</summary>
/// <remarks>Thread safety: any thread.</remarks>
public sealed class ClusterEndpoint
{
    private readonly Action<ClusterEndpoint, long> _onTooManyErrors;
    private readonly OutlierDetectionConfig? _detection;
    private int _active;
    private int _serverErrors;
    private int _gatewayErrors;
    private long _ejectedUntil = long.MinValue;

    /// <param name="cluster">Whose endpoint it is.</param>
    /// <param name="address">Where it is.</param>
    /// <param name="weight">Its share against the others.</param>
    /// <param name="onTooManyErrors">Called with each error that is one too many in a row, with the time; on the error's thread.</param>
    internal ClusterEndpoint(ClusterConfig cluster, IPEndPoint address, int weight, Action<ClusterEndpoint, long> onTooManyErrors)
    {
        _onTooManyErrors = onTooManyErrors;
        _detection = cluster.OutlierDetection;
        ClusterName = cluster.Name;
        Address = address;
        Weight = weight;
    }

    /// <summary>Whose endpoint it is, or was: a <see cref="ClusterConfig.Name"/>.</summary>
    internal string ClusterName { get; }

    /// <summary>Where it is.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Its share against the others; at least 1.</summary>
    public int Weight { get; }

    /// <summary>Requests in flight to it, of all loops.</summary>
    public int ActiveRequests => Volatile.Read(ref _active);

    /// <summary>How often in a row it was left out: the next time lasts as many times as long, and one more. Under the cluster's
    /// lock.</summary>
    internal int Ejections { get; set; }

    /// <summary>Until when it is left out, monotonic nanoseconds. Written under the cluster's lock.</summary>
    internal long EjectedUntil
    {
        get => Volatile.Read(ref _ejectedUntil);
        set => Volatile.Write(ref _ejectedUntil, value);
    }

    /// <summary>Whether it is left out at this time (outlier detection).</summary>
    public bool IsEjected(long now) => now < EjectedUntil;

    /// <summary>A response came from it.</summary>
    /// <param name="status">Its status.</param>
    /// <param name="now">Monotonic nanoseconds.</param>
    public void OnResponse(int status, long now)
    {
        if (_detection is not null)
        {
            Count(status >= 500, status is 502 or 503 or 504, now);
        }
    }

    /// <summary>It could not be reached, or broke off before a response.</summary>
    public void OnFailure(long now)
    {
        if (_detection is not null)
        {
            Count(isServerError: true, isGatewayError: true, now);
        }
    }

    internal void BeginRequest() => Interlocked.Increment(ref _active);

    internal void EndRequest() => Interlocked.Decrement(ref _active);

    /// <summary>Forgets the errors in a row.</summary>
    internal void ForgetErrors()
    {
        Volatile.Write(ref _serverErrors, 0);
        Volatile.Write(ref _gatewayErrors, 0);
    }

    private void Count(bool isServerError, bool isGatewayError, long now)
    {
        var serverErrors = Advance(ref _serverErrors, isServerError);
        var gatewayErrors = Advance(ref _gatewayErrors, isGatewayError);
        if (Reaches(serverErrors, _detection!.Consecutive5xx) || Reaches(gatewayErrors, _detection.ConsecutiveGatewayErrors))
        {
            _onTooManyErrors(this, now);
        }
    }

    // A success is the common case and writes nothing when there is nothing to forget.
    private static int Advance(ref int count, bool isError)
    {
        if (isError)
        {
            return Interlocked.Increment(ref count);
        }

        if (Volatile.Read(ref count) != 0)
        {
            Volatile.Write(ref count, 0);
        }

        return 0;
    }

    private static bool Reaches(int count, int threshold) => threshold > 0 && count >= threshold;
}
