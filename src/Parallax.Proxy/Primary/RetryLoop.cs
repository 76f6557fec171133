using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Clusters;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Policy;

namespace Parallax.Proxy.Primary;

/// <summary>How a request gets to its primary: the delay injected on purpose, the wait for a connection, one try after the other, the
/// pauses between them, and the time limit of it all.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class RetryLoop : IConnectionWaiter
{
    private readonly LoopContext _context;
    private readonly ClientRequest _request;
    private readonly PrimaryAttempt _attempt;
    private readonly IRetryListener _listener;
    private readonly ExchangeTimer _timer;
    private Waiting _waiting;
    private bool _wasResent;
    private bool _isAtHand;

    public RetryLoop(LoopContext context, ClientRequest request, PrimaryAttempt attempt, IRetryListener listener)
    {
        _context = context;
        _request = request;
        _attempt = attempt;
        _listener = listener;
        _timer = new ExchangeTimer(context.Loop, OnPauseOver, listener.OnTimeout);
    }

    private enum Waiting : byte
    {
        Nothing,
        Delay,
        Pause,
        Connection,
    }

    /// <summary>Where the request goes; null before that is decided.</summary>
    public RouteTarget? Target { get; private set; }

    /// <summary>Tries beyond the first, but for those that replaced a stale connection.</summary>
    public int Retries { get; private set; }

    /// <summary>True while nothing can be sent: what is coming of the request has to wait.</summary>
    public bool IsWaiting => _waiting != Waiting.Nothing;

    private Route Route => _request.Hit.Route!;

    private bool IsUpload => _request.HasBody && !_isAtHand && !_request.IsWhole;

    private bool MayRetry => _request.Buffer.IsWhole && Retries < Route.Config.Retry.Attempts;

    /// <summary>Begins with another request.</summary>
    public void Reset()
    {
        _attempt.Reset();
        Target = null;
        Retries = 0;
        _wasResent = false;
    }

    /// <summary>Begins with a request that has a route with destinations.</summary>
    /// <param name="following">How many octets were received after its head.</param>
    public void Begin(int following)
    {
        _isAtHand = _request.Head.ContentLength >= 0 && _request.Head.ContentLength <= following;
        Target = Route.Pick(_context.Random.Next(Sampler.Denominator));
        if (Route.Config.Timeout is { } timeout)
        {
            _timer.Limit(timeout);
        }

        if (Route.Config.Fault is { Delay: { } delay } fault && fault.DelaySampler.Selects(_context.Random.Next(Sampler.Denominator)))
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
        if (!MayRetry || !RetryRules.IsRetriable(Route.Config.Retry, status) || !_attempt.TryAbortToRetry())
        {
            return false;
        }

        RetryLater();
        return true;
    }

    /// <summary>The try at hand brought no response: tries again, if the route says so, or if the connection was stale; otherwise the
    /// client is answered.</summary>
    public void OnFailure(FailureReason failure)
    {
        var upstream = _attempt.Upstream!;
        if (failure == FailureReason.Exhausted)
        {
            _context.Gate.OnExhausted();
        }
        else
        {
            _attempt.OnFailure();
        }

        _attempt.Abort();
        var isStale = upstream.Requests > 1 && !upstream.Response.HasBegun && RetryRules.IsBroken(failure);
        if (isStale && !_wasResent && _request.Buffer.IsWhole && ResendRule.IsIdempotent(_request.Head.KnownMethod))
        {
            // Any client meets this: the server closed the idle connection while the request was on its way to it.
            _wasResent = true;
            Try(mustBeNew: true);
            return;
        }

        var wasConnected = upstream.WasConnected;
        if (MayRetry && RetryRules.IsRetriable(Route.Config.Retry, failure, wasConnected) && _attempt.TryAbortToRetry())
        {
            RetryLater();
            return;
        }

        var reason = failure == FailureReason.Exhausted ? LocalReason.Exhausted : LocalReason.PrimaryFailed;
        _listener.Answer(reason, RetryRules.StatusOf(failure), RetryRules.TextOf(failure, wasConnected));
    }

    /// <summary>The time limit of the try at hand is over: it holds until the response begins.</summary>
    public void OnDeadline()
    {
        if (!_attempt.Upstream!.Response.HasBegun)
        {
            OnFailure(FailureReason.ResponseTimeout);
        }
    }

    /// <inheritdoc/>
    public void OnConnectionFree()
    {
        Try(mustBeNew: false);
        _listener.OnWaitOver();
    }

    /// <summary>Makes no more tries, and cuts the connection at hand.</summary>
    public void Abort()
    {
        StopWaiting();
        _attempt.Abort();
    }

    /// <summary>Makes no more tries because the client has ended in order: the primary sees the same end.</summary>
    public void CloseAfterWrites()
    {
        StopWaiting();
        _attempt.CloseAfterWrites();
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
            _attempt.StopWaiting(this);
        }

        _waiting = Waiting.Nothing;
    }

    private void BeginTries()
    {
        if (Route.Config.Fault is not { } fault || !_listener.TryAbort(fault))
        {
            Try(mustBeNew: false);
        }
    }

    private void Try(bool mustBeNew)
    {
        _waiting = Waiting.Nothing;
        switch (_attempt.Begin(Target!, _request.Routed, mustBeNew, IsUpload))
        {
            case AttemptStart.NoEndpoint when Target!.Config.IsUnusable:
                _listener.Answer(LocalReason.NoEndpoint, 500, "the backend cannot be used"u8);
                break;
            case AttemptStart.NoEndpoint:
                _listener.Answer(LocalReason.NoEndpoint, 503, "no healthy upstream"u8);
                break;
            case AttemptStart.NoConnection when _attempt.TryWait(this, IsUpload):
                _waiting = Waiting.Connection;
                break;
            case AttemptStart.Overflow or AttemptStart.NoConnection:
                _listener.Answer(LocalReason.Overflow, 503, "too many requests to the upstream"u8);
                break;
            default:
                Send();
                break;
        }
    }

    private void Send()
    {
        _attempt.AddCookie(_request);
        _request.Upstream = _attempt.Endpoint;
        var inputs = _request.Inputs;
        var output = _context.Head;
        output.ResetWrittenCount();
        Target!.Primary.Write(_request.Head, _request.Buffer.Head, inputs, _context.Scratch, output);
        _attempt.Send(_request.Head.KnownMethod, output.WrittenSpan, _request.Buffer.Body, Route.Config.Retry.PerTryTimeout);
        _listener.OnSent(inputs);
    }

    private void RetryLater()
    {
        _context.Counters.CountRetry();
        _waiting = Waiting.Pause;
        _timer.Pause(RetryRules.Pause(Route.Config.Retry, Retries++, _context.Random.NextDouble()));
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

        _listener.OnWaitOver();
    }
}
