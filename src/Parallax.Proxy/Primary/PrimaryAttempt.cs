using System.Buffers;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Clusters;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Shadows.Clients;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Primary;

/// <summary>Whether an attempt could begin, and why not.</summary>
internal enum AttemptStart : byte
{
    /// <summary>It was begun.</summary>
    Begun,

    /// <summary>The cluster is not known or has no endpoint.</summary>
    NoEndpoint,

    /// <summary>As many requests of the cluster are in flight as may be.</summary>
    Overflow,

    /// <summary>The cluster may have no more connections: this request can wait for one.</summary>
    NoConnection,
}

/// <summary>The attempt of a request that is in flight, or the last one: the endpoint that was chosen and the connection to it.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class PrimaryAttempt(ExchangeScope scope, IResponseReceiver receiver)
{
    private readonly LoopContext _context = scope.Loop;
    private PrimaryCluster? _cluster;
    private ClusterEndpoint? _failed;
    private ClusterEndpoint? _held;
    private ClusterLimit? _heldRequest;
    private ClusterLimit? _heldRetry;
    private bool _isUploading;

    /// <summary>The connection; null between tries.</summary>
    public HttpClientConnection? Upstream { get; private set; }

    /// <summary>The endpoint chosen last; null before.</summary>
    public ClusterEndpoint? Endpoint { get; private set; }

    /// <summary>The cluster; null before there was one.</summary>
    public Cluster? Cluster => _cluster?.Cluster;

    /// <summary>Forgets the request before.</summary>
    public void Reset()
    {
        _cluster = null;
        _failed = Endpoint = null;
    }

    /// <summary>Chooses an endpoint and a connection to it.</summary>
    /// <param name="target">Where the request goes.</param>
    /// <param name="request">The request.</param>
    /// <param name="mustBeNew">True when only a new connection will do.</param>
    /// <param name="isUpload">True when the rest of the request is still to come: see <see cref="ResourceLimits.MaxUploads"/>.</param>
    public AttemptStart Begin(RouteTarget target, in RoutedRequest request, bool mustBeNew, bool isUpload)
    {
        _cluster = scope.Clusters.Find(target.Config.Cluster);
        if (_cluster is null)
        {
            return AttemptStart.NoEndpoint;
        }

        var limit = _cluster.Cluster.Limits.Requests;
        if (!limit.TryBegin())
        {
            return AttemptStart.Overflow;
        }

        _heldRequest = limit;
        _held = _cluster.Balancer.Begin(request, _failed, _context.Loop.Now);
        if (_held is not { } endpoint)
        {
            Abort();
            return AttemptStart.NoEndpoint;
        }

        Endpoint = endpoint;
        _isUploading = isUpload && _context.Gate.TryBeginUpload(_context.Owner);
        Upstream = _isUploading == isUpload ? scope.Clusters.PoolOf(_cluster, endpoint).Take(mustBeNew) : null;
        if (Upstream is null)
        {
            Abort();
            return AttemptStart.NoConnection;
        }

        return AttemptStart.Begun;
    }

    /// <summary>Puts the request in line for a connection.</summary>
    /// <param name="waiter">The request.</param>
    /// <param name="isUpload">As for <see cref="Begin"/>.</param>
    /// <returns>False when as many wait as may.</returns>
    public bool TryWait(IConnectionWaiter waiter, bool isUpload) => _cluster!.TryWait(waiter, isUpload);

    /// <summary>The request waits no more.</summary>
    public void StopWaiting(IConnectionWaiter waiter) => _cluster?.StopWaiting(waiter);

    /// <summary>Ends the try at hand to make another, unless the cluster may have no more retries in flight.</summary>
    public bool TryAbortToRetry()
    {
        var limit = _cluster!.Cluster.Limits.Retries;
        if (!limit.TryBegin())
        {
            return false;
        }

        _failed = Endpoint;
        Abort();
        _heldRetry = limit;
        return true;
    }

    /// <summary>Gives the response the cookie that was made for a client without one, if any.</summary>
    public void AddCookie(ClientRequest request)
    {
        if (_cluster!.Balancer.NewCookie is not 0 and var cookie)
        {
            request.AddLines().Write(AffinityCookie.LineOf(_cluster.Cluster.Config.LoadBalancer, cookie));
        }
    }

    /// <summary>Sends what is there of the request. It is kept by the connection while that is being established.</summary>
    /// <param name="method">The request's method.</param>
    /// <param name="head">The head for the primary.</param>
    /// <param name="body">What is there of the body.</param>
    /// <param name="timeout">How long the response may take to begin; null for as long as it likes.</param>
    public void Send(KnownMethod method, ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, TimeSpan? timeout)
    {
        var upstream = Upstream!;
        upstream.Begin(receiver, method);
        if (timeout is { } due)
        {
            upstream.SetDeadline(due);
        }

        upstream.Write(head);
        if (!body.IsEmpty)
        {
            upstream.Write(body);
        }
    }

    /// <summary>The request is whole.</summary>
    public void EndUpload()
    {
        if (_isUploading)
        {
            _isUploading = false;
            _context.Gate.EndUpload();
        }
    }

    /// <summary>Receives no more as long as the client does not take what there is.</summary>
    public void SlowDownFor(IExchangeClient client)
    {
        if (client.IsCongested)
        {
            Upstream?.Pause();
            client.WaitWritable();
        }
    }

    /// <summary>A final response began.</summary>
    public void OnResponse(int status) => Endpoint!.OnResponse(status, _context.Loop.Now);

    /// <summary>No response came, or none that is one.</summary>
    public void OnFailure()
    {
        _failed = Endpoint;
        Endpoint!.OnFailure(_context.Loop.Now);
    }

    /// <summary>The try is over in order.</summary>
    /// <param name="isRequestWhole">True when all of the request was sent.</param>
    public void Release(bool isRequestWhole)
    {
        var upstream = Upstream;
        Upstream = null;
        GiveBack();
        upstream?.Release(isRequestWhole);
    }

    /// <summary>Ends the try and cuts its connection.</summary>
    public void Abort()
    {
        var upstream = Upstream;
        Upstream = null;
        GiveBack();
        upstream?.Abort();
    }

    /// <summary>Ends the try because the client has ended in order: its connection ends the same way.</summary>
    public void CloseAfterWrites()
    {
        var upstream = Upstream;
        Upstream = null;
        GiveBack();
        upstream?.CloseAfterWrites();
    }

    private void GiveBack()
    {
        if (_held is { } endpoint)
        {
            _held = null;
            _cluster!.Balancer.End(endpoint);
        }

        EndUpload();
        _heldRequest?.End();
        _heldRetry?.End();
        _heldRequest = _heldRetry = null;
    }
}
