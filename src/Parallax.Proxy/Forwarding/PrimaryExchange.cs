using System.Diagnostics;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Matching;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Forwarding;

/// <summary>One request on its way to the primary, and its response on the way back. A client's connection has one, used for each of its
/// requests in turn.</summary>
/// <remarks>
/// <para>A response may come before the request is whole. The client gets it at once and the upload goes on as long as the primary takes it
/// (and after that into nothing, up to a bound), so that the connection can be used again; when it cannot be used again anyway, the upload is
/// cut.</para>
/// <para>Thread safety: belongs to the loop's thread.</para>
/// </remarks>
internal sealed class PrimaryExchange
{
    // Octets of a body nobody wants that are read so that the connection can be used again.
    private const long MostDiscarded = 1 << 20;

    private readonly ProxyWorker _worker;
    private readonly ClientConnection _client;
    private readonly ClientRequest _request;
    private readonly ResponseRelay _response;
    private readonly RequestCopies _copies;
    private readonly PrimaryLeg _leg;
    private readonly ExchangeTimer _timer;
    private Step _step;
    private RouteTarget? _target;
    private int _retries;
    private bool _wasResent;
    private bool _hasCopied;
    private long _requestOctets;

    public PrimaryExchange(ProxyWorker worker, ClientConnection client)
    {
        _worker = worker;
        _client = client;
        _request = new ClientRequest(worker, client);
        _response = new ResponseRelay(worker, client);
        _copies = new RequestCopies(worker);
        _leg = new PrimaryLeg(worker);
        _timer = new ExchangeTimer(worker.Loop, OnPauseOver, OnTimeout);
    }

    // What the exchange does.
    private enum Step : byte
    {
        None,
        Delayed,
        WaitingToRetry,
        WaitingForConnection,
        Forwarding,
        Discarding,
        Tunnel,
    }

    /// <summary>True from a request's head until its exchange is over.</summary>
    public bool IsActive => _step != Step.None;

    /// <summary>True when octets of the body are wanted now.</summary>
    public bool TakesBody => _step is Step.Forwarding or Step.Discarding;

    // ── What the client's connection tells. ──

    /// <summary>A request's head is there.</summary>
    /// <param name="octets">Its octets; copied.</param>
    public void Begin(ReadOnlySpan<byte> octets)
    {
        Debug.Assert(!IsActive);
        _worker.Counters.CountRequest();
        _step = Step.Forwarding;
        _response.Reset();
        _leg.Reset();
        _copies.Reset();
        _requestOctets = 0;
        _retries = 0;
        _target = null;
        _wasResent = _hasCopied = false;
        _request.Begin(octets);
        if (RouteAnswer.TryGive(_request, _response))
        {
            EndOrDiscard();
            return;
        }

        var route = _request.Hit.Route!;
        _target = route.Pick(_worker.Random.Next(Sampler.Denominator));
        if (route.Config.Timeout is { } timeout)
        {
            _timer.Limit(timeout);
        }

        if (route.Config.Fault is { } fault && fault.Delay is { } delay
            && fault.DelaySampler.Selects(_worker.Random.Next(Sampler.Denominator)))
        {
            _step = Step.Delayed;
            _timer.Pause(delay);
            return;
        }

        BeginTries();
    }

    /// <summary>A piece of the request's body is there.</summary>
    public void OnRequestBody(ReadOnlySpan<byte> octets)
    {
        _requestOctets += octets.Length;
        if (_leg.Upstream is not { } upstream)
        {
            if (_requestOctets > MostDiscarded)
            {
                End(keepsAlive: false);
            }

            return;
        }

        _request.Held.Append(octets);
        upstream.Write(octets);
        _copies.Append(octets);
        if (upstream.IsCongested)
        {
            _client.Pause();
        }
    }

    /// <summary>The request is whole.</summary>
    public void OnRequestEnd()
    {
        _copies.Complete();
        if (_response.IsWhole)
        {
            _leg.Release(isRequestWhole: true);
            End(_response.KeepsAlive);
        }
    }

    /// <summary>All octets at hand were read.</summary>
    public void OnReadOver()
    {
        if (!_request.IsWhole)
        {
            _copies.Stream();
        }
    }

    /// <summary>The request's body is malformed or too large.</summary>
    public void OnRequestBroken(int status)
    {
        _leg.LetGo();
        _copies.Cancel();
        if (_response.HasBegun)
        {
            CutOff();
        }
        else
        {
            _response.Answer(status, [], [], mayKeepAlive: false);
            End(keepsAlive: false);
        }
    }

    /// <summary>The client stopped in the middle of its body.</summary>
    public void OnBodyTimeout() => OnRequestBroken(408);

    /// <summary>The client is gone, or ended its direction before the request was whole.</summary>
    public void OnClientGone()
    {
        if (!IsActive)
        {
            return;
        }

        _leg.LetGo();
        Conclude(isBroken: _response.HasBegun && !_response.IsWhole && _step != Step.Tunnel);
    }

    /// <summary>The client takes octets again.</summary>
    public void OnClientWritable() => _leg.Upstream?.Resume();

    /// <summary>Octets of the client for a tunnel.</summary>
    public void OnClientTunnelOctets(ReadOnlySpan<byte> octets)
    {
        if (_leg.Upstream is { } upstream)
        {
            upstream.Write(octets);
            _client.TouchTunnel();
            if (upstream.IsCongested)
            {
                _client.Pause();
            }
        }
    }

    /// <summary>The client ended its direction of a tunnel.</summary>
    public void OnClientTunnelEnd() => _leg.Upstream?.EndWrites();

    // ── What the primary's connection tells. ──

    /// <summary>The head of a response, final or not.</summary>
    public void OnResponseHead(UpstreamConnection upstream, ReadOnlySpan<byte> octets)
    {
        var head = upstream.Head;
        if (head.IsInterim)
        {
            _response.WriteInterim(head, octets);
            return;
        }

        _leg.OnResponse(head.StatusCode);
        if (MayRetry && RetryRules.IsRetriable(_request.Hit.Route!.Config.Retry, head.StatusCode) && _leg.TryLetGoToRetry())
        {
            RetryLater();
            return;
        }

        _response.WriteHead(head, octets, upstream.BodyFraming, _target!.Response ?? HeadRewriter.PlainResponse, _request.ResponseLines);
        if (upstream.BodyFraming == BodyFraming.Tunnel)
        {
            _worker.Counters.CountTunnel();
            _step = Step.Tunnel;
            _timer.Reset();
            _client.EnterTunnel();
        }
    }

    /// <summary>A piece of the response's body.</summary>
    public void OnResponseBody(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content)
    {
        _response.WriteBody(raw, content);
        SlowDownUpstream();
    }

    /// <summary>The response is whole.</summary>
    public void OnResponseEnd(UpstreamConnection upstream)
    {
        _response.End();
        if (_request.IsWhole)
        {
            _leg.Release(isRequestWhole: true);
            End(_response.KeepsAlive);
        }
        else if (!upstream.Head.KeepAlive || !_response.KeepsAlive)
        {
            _leg.Release(isRequestWhole: false);
            EndOrDiscard();
        }
    }

    /// <summary>The connection failed this try; it is of no more use.</summary>
    public void OnUpstreamFailed(UpstreamConnection upstream, UpstreamFailure failure)
    {
        if (_step == Step.Tunnel || _response.HasBegun)
        {
            _leg.LetGo();
            FinishBegunResponse();
            return;
        }

        _leg.OnFailure();
        _leg.LetGo();
        var isStale = upstream.WasUsed && !upstream.HasResponseBegun && failure is UpstreamFailure.Closed or UpstreamFailure.Reset;
        if (isStale && !_wasResent && _request.Held.IsWhole && RetryRules.IsIdempotent(_request.Head.KnownMethod))
        {
            // Any client meets this: the server closed the idle connection while the request was on its way to it.
            _wasResent = true;
            Try(mustBeNew: true);
        }
        else if (MayRetry && RetryRules.IsRetriable(_request.Hit.Route!.Config.Retry, failure) && _leg.TryLetGoToRetry())
        {
            RetryLater();
        }
        else
        {
            Answer(RetryRules.StatusOf(failure), RetryRules.TextOf(failure));
        }
    }

    /// <summary>The primary takes octets again.</summary>
    public void OnUpstreamWritable() => _client.Resume();

    /// <summary>Octets of the primary for a tunnel.</summary>
    public void OnTunnelOctets(ReadOnlySpan<byte> octets)
    {
        _client.Write(octets);
        _client.TouchTunnel();
        SlowDownUpstream();
    }

    /// <summary>The primary ended its direction of a tunnel.</summary>
    public void OnTunnelEnd() => _client.EndWrites();

    /// <summary>Gives back what is held.</summary>
    public void Dispose()
    {
        _request.Held.Release();
        _timer.Cancel();
    }

    private bool MayRetry => _request.Held.IsWhole && _retries < _request.Hit.Route!.Config.Retry.Attempts;

    private void BeginTries()
    {
        if (_request.Hit.Route!.Config.Fault is { } fault && RouteAnswer.TryAbort(_worker, fault, _response))
        {
            EndOrDiscard();
        }
        else
        {
            Try(mustBeNew: false);
        }
    }

    private void Try(bool mustBeNew)
    {
        _step = Step.Forwarding;
        switch (_leg.Begin(_target!, _request.Routed, mustBeNew))
        {
            case LegStart.NoEndpoint:
                Answer(503, "no healthy upstream"u8);
                return;
            case LegStart.NoConnection when _leg.TryWait(this):
                _step = Step.WaitingForConnection;
                return;
            case LegStart.Overflow or LegStart.NoConnection:
                Answer(503, "upstream connect error or disconnect/reset before headers: overflow"u8);
                return;
            default:
                break;
        }

        _leg.AddCookie(_request);
        var inputs = _request.Inputs;
        var output = _worker.Head;
        output.ResetWrittenCount();
        _target!.Primary.Write(_request.Head, _request.Held.Head, inputs, _worker.Scratch, output);
        _leg.Send(this, _request.Head.KnownMethod, output.WrittenSpan, _request.Held.Body, _request.Hit.Route!.Config.Retry.PerTryTimeout);
        if (!_hasCopied)
        {
            _hasCopied = true;
            _copies.Begin(_target, _request.Routed, inputs, _request.NewContext(), _request.IsTunnel);
            if (_request.IsWhole)
            {
                _copies.Complete();
            }
        }
    }

    /// <summary>A connection is free for a request that waits for one.</summary>
    public void OnConnectionFree()
    {
        Try(mustBeNew: false);
        _client.Resume();
    }

    private void RetryLater()
    {
        _worker.Counters.CountRetry();
        _step = Step.WaitingToRetry;
        var pause = RetryRules.Pause(_request.Hit.Route!.Config.Retry, _retries++, _worker.Random.NextDouble());
        _timer.Pause(pause);
    }

    private void OnPauseOver()
    {
        if (_step == Step.Delayed)
        {
            BeginTries();
        }
        else
        {
            Try(mustBeNew: false);
        }

        _client.Resume();
    }

    private void OnTimeout()
    {
        _leg.StopWaiting(this);
        _leg.LetGo();
        if (_response.HasBegun)
        {
            FinishBegunResponse();
        }
        else
        {
            Answer(504, "upstream request timeout"u8);
        }
    }

    // Gives an answer of our own instead of the primary's.
    private void Answer(int status, ReadOnlySpan<byte> text)
    {
        _response.Answer(status, text, _request.ResponseLines, mayKeepAlive: true);
        EndOrDiscard();
    }

    // The primary's connection is gone after the response began.
    private void FinishBegunResponse()
    {
        if (_step != Step.Tunnel && _response.IsWhole)
        {
            EndOrDiscard();
        }
        else
        {
            CutOff();
        }
    }

    // The response is written to its end: what is still coming of the request goes nowhere.
    private void EndOrDiscard()
    {
        var mayRead = _response.KeepsAlive && _request.HasBody;
        if (_request.IsWhole || (!mayRead && _request.HasBody))
        {
            End(_response.KeepsAlive && _request.IsWhole);
            return;
        }

        _step = Step.Discarding;
        _copies.Cancel();
        _client.Resume();
    }

    private void SlowDownUpstream()
    {
        if (_client.IsCongested)
        {
            _leg.Upstream?.Pause();
            _client.WaitWritable();
        }
    }

    private void CutOff()
    {
        var mustReset = _response.EndsWithConnection;
        Conclude(isBroken: _step != Step.Tunnel);
        _client.CutOff(mustReset);
    }

    private void End(bool keepsAlive)
    {
        Conclude(isBroken: false);
        _client.OnExchangeOver(keepsAlive);
    }

    private void Conclude(bool isBroken)
    {
        if (_step == Step.WaitingForConnection)
        {
            _leg.StopWaiting(this);
        }

        _step = Step.None;
        _timer.Reset();
        if (!_request.IsWhole)
        {
            _copies.Cancel();
        }

        _worker.Counters.CountEnd(_response.Status, _response.IsLocal, isBroken);
        if (_worker.Options.Observer is { } observer)
        {
            _request.Report(observer, _response, _leg, _retries, _copies.Made, isBroken);
        }
    }
}
