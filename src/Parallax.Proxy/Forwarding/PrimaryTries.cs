using Parallax.Proxy.Routing;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Forwarding;

/// <summary>How a request gets to its primary: the delay injected on purpose, the wait for a connection, one try after the other, the
/// pauses between them, and the time limit of it all.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class PrimaryTries
{
    private readonly ProxyWorker _worker;
    private readonly PrimaryExchange _exchange;
    private readonly ClientRequest _request;
    private readonly ExchangeTimer _timer;
    private Waiting _waiting;
    private bool _wasResent;
    private bool _isAtHand;

    public PrimaryTries(ProxyWorker worker, PrimaryExchange exchange, ClientRequest request)
    {
        _worker = worker;
        _exchange = exchange;
        _request = request;
        _timer = new ExchangeTimer(worker.Loop, OnPauseOver, exchange.OnTimeout);
        Leg = new PrimaryLeg(worker);
    }

    private enum Waiting : byte
    {
        Nothing,
        Delay,
        Pause,
        Connection,
    }

    /// <summary>The try at hand, or the last one.</summary>
    public PrimaryLeg Leg { get; }

    /// <summary>Where the request goes; null before that is decided.</summary>
    public RouteTarget? Target { get; private set; }

    /// <summary>Tries beyond the first, but for those that replaced a stale connection.</summary>
    public int Retries { get; private set; }

    /// <summary>True while nothing can be sent: what is coming of the request has to wait.</summary>
    public bool IsWaiting => _waiting != Waiting.Nothing;

    private Route Route => _request.Hit.Route!;

    private bool IsUpload => _request.HasBody && !_isAtHand && !_request.IsWhole;

    private bool MayRetry => _request.Held.IsWhole && Retries < Route.Config.Retry.Attempts;

    /// <summary>Forgets the request before.</summary>
    public void Reset()
    {
        Leg.Reset();
        Target = null;
        Retries = 0;
        _wasResent = false;
    }

    /// <summary>Begins with a request that has a route with destinations.</summary>
    /// <param name="following">How many octets were received after its head.</param>
    public void Begin(int following)
    {
        _isAtHand = _request.Head.ContentLength >= 0 && _request.Head.ContentLength <= following;
        Target = Route.Pick(_worker.Random.Next(Sampler.Denominator));
        if (Route.Config.Timeout is { } timeout)
        {
            _timer.Limit(timeout);
        }

        if (Route.Config.Fault is { Delay: { } delay } fault && fault.DelaySampler.Selects(_worker.Random.Next(Sampler.Denominator)))
        {
            _waiting = Waiting.Delay;
            _timer.Pause(delay);
        }
        else
        {
            BeginTries();
        }
    }

    /// <summary>Tries again because of the status of a response, if the route says so.</summary>
    /// <returns>False when the response is to be passed on.</returns>
    public bool TryAgain(int status)
    {
        if (!MayRetry || !RetryRules.IsRetriable(Route.Config.Retry, status) || !Leg.TryLetGoToRetry())
        {
            return false;
        }

        RetryLater();
        return true;
    }

    /// <summary>The try at hand brought no response: tries again, if the route says so, or if the connection was stale.</summary>
    /// <returns>False when the client has to be told.</returns>
    public bool TryAgain(UpstreamConnection upstream, UpstreamFailure failure)
    {
        if (failure == UpstreamFailure.Exhausted)
        {
            _worker.Gate.OnExhausted();
        }
        else
        {
            Leg.OnFailure();
        }

        Leg.LetGo();
        var isStale = upstream.WasUsed && !upstream.HasResponseBegun && failure is UpstreamFailure.Closed or UpstreamFailure.Reset;
        if (isStale && !_wasResent && _request.Held.IsWhole && ResendRule.IsIdempotent(_request.Head.KnownMethod))
        {
            // Any client meets this: the server closed the idle connection while the request was on its way to it.
            _wasResent = true;
            Try(mustBeNew: true);
            return true;
        }

        if (!MayRetry || !RetryRules.IsRetriable(Route.Config.Retry, failure) || !Leg.TryLetGoToRetry())
        {
            return false;
        }

        RetryLater();
        return true;
    }

    /// <summary>A connection is free for a request that waits for one.</summary>
    public void OnConnectionFree()
    {
        Try(mustBeNew: false);
        _exchange.OnWaitOver();
    }

    /// <summary>No more tries are to be made: waits for nothing, and the connection at hand is cut.</summary>
    public void Stop()
    {
        StopWaiting();
        Leg.LetGo();
    }

    /// <summary>The client has ended in order after a whole request: waits for nothing, and the primary sees the same end.</summary>
    public void Leave()
    {
        StopWaiting();
        Leg.Leave();
    }

    /// <summary>The exchange is over.</summary>
    public void End()
    {
        StopWaiting();
        _timer.Reset();
    }

    /// <summary>Gives back what is held.</summary>
    public void Dispose() => _timer.Cancel();

    /// <summary>The time limit does not hold for what follows.</summary>
    public void Unlimit() => _timer.Reset();

    private void StopWaiting()
    {
        if (_waiting == Waiting.Connection)
        {
            Leg.StopWaiting(this);
        }

        _waiting = Waiting.Nothing;
    }

    private void BeginTries()
    {
        if (Route.Config.Fault is not { } fault || !_exchange.TryAbort(fault))
        {
            Try(mustBeNew: false);
        }
    }

    private void Try(bool mustBeNew)
    {
        _waiting = Waiting.Nothing;
        switch (Leg.Begin(Target!, _request.Routed, mustBeNew, IsUpload))
        {
            case LegStart.NoEndpoint when Target!.Config.IsUnusable:
                _exchange.Answer(LocalReason.NoEndpoint, 500, "the backend cannot be used"u8);
                break;
            case LegStart.NoEndpoint:
                _exchange.Answer(LocalReason.NoEndpoint, 503, "no healthy upstream"u8);
                break;
            case LegStart.NoConnection when Leg.TryWait(this, IsUpload):
                _waiting = Waiting.Connection;
                break;
            case LegStart.Overflow or LegStart.NoConnection:
                _exchange.Answer(LocalReason.Overflow, 503, "too many requests to the upstream"u8);
                break;
            default:
                Send();
                break;
        }
    }

    private void Send()
    {
        Leg.AddCookie(_request);
        _request.Upstream = Leg.Endpoint;
        var inputs = _request.Inputs;
        var output = _worker.Head;
        output.ResetWrittenCount();
        Target!.Primary.Write(_request.Head, _request.Held.Head, inputs, _worker.Scratch, output);
        Leg.Send(_exchange, _request.Head.KnownMethod, output.WrittenSpan, _request.Held.Body, Route.Config.Retry.PerTryTimeout);
        _exchange.OnSent(inputs);
    }

    private void RetryLater()
    {
        _worker.Counters.CountRetry();
        _waiting = Waiting.Pause;
        _timer.Pause(RetryRules.Pause(Route.Config.Retry, Retries++, _worker.Random.NextDouble()));
    }

    private void OnPauseOver()
    {
        if (_waiting == Waiting.Delay)
        {
            _waiting = Waiting.Nothing;
            BeginTries();
        }
        else if (_waiting == Waiting.Pause)
        {
            Try(mustBeNew: false);
        }

        _exchange.OnWaitOver();
    }
}
