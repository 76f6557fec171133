using System.Diagnostics;
using Parallax.Proxy.Configuration.Model;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Forwarding;

/// <summary>One request on its way to the primary, and its response on the way back. A client's connection has one, used for each of its
/// requests in turn.</summary>
/// <remarks>
/// <para>A response may come before the request is whole. The client gets it at once and the upload goes on as long as the primary takes it
/// (and after that into nothing, up to a bound), so that the connection can be used again; when it cannot be used again anyway, the
/// upload is cut.</para>
/// <para>Thread safety: belongs to the loop's thread.</para>
/// </remarks>
internal sealed class PrimaryExchange
{
    // Octets of a body nobody wants that are read so that the connection can be used again.
    private const long MaxDiscarded = 1 << 20;

    private readonly ProxyWorker _worker;
    private readonly ClientConnection _client;
    private readonly ClientRequest _request;
    private readonly ResponseRelay _response;
    private readonly RequestCopies _copies;
    private readonly PrimaryTries _tries;
    private readonly ExchangeRecording? _recording;
    private Step _step;
    private bool _hasCopied;
    private long _requestOctets;

    public PrimaryExchange(ProxyWorker worker, ClientConnection client)
    {
        _worker = worker;
        _client = client;
        _request = new ClientRequest(worker, client);
        _recording = worker.Options.Recording is { } recording ? new ExchangeRecording(recording, worker, client) : null;
        _response = new ResponseRelay(worker, client, _recording);
        _copies = new RequestCopies(worker);
        _tries = new PrimaryTries(worker, this, _request);
        Tunnel = new Tunnel(client, Leg);
    }

    // What the exchange does.
    private enum Step : byte
    {
        None,
        Forwarding,
        Discarding,
        Tunnel,
    }

    /// <summary>True from a request's head until its exchange is over.</summary>
    public bool IsActive => _step != Step.None;

    /// <summary>True when octets of the body are wanted now.</summary>
    public bool TakesBody => !_tries.IsWaiting;

    /// <summary>Time since the head of the request at hand.</summary>
    public TimeSpan Age => TimeSpan.FromTicks((_worker.Loop.Now - _request.BeganAt) / TimeSpan.NanosecondsPerTick);

    /// <summary>Memory the request at hand takes, and what is kept for the next, in bytes.</summary>
    public int HeldBytes => _request.Held.Bytes;

    /// <summary>What goes through once the response says so.</summary>
    public Tunnel Tunnel { get; }

    // ── What the client's connection tells. ──

    /// <summary>A request's head is there.</summary>
    /// <param name="octets">Its octets; copied.</param><param name="following">How many octets were received after it.</param>
    public void Begin(ReadOnlySpan<byte> octets, int following)
    {
        Debug.Assert(!IsActive);
        _worker.Counters.CountRequest();
        _step = Step.Forwarding;
        _response.Reset();
        _tries.Reset();
        _copies.Reset();
        _requestOctets = 0;
        _hasCopied = false;
        _request.Begin(octets);
        if (RouteAnswer.TryGive(_request, _response))
        {
            EndOrDiscard();
        }
        else
        {
            _tries.Begin(following);
        }
    }

    /// <summary>A piece of the request's body is there.</summary>
    public void OnRequestBody(ReadOnlySpan<byte> octets)
    {
        _requestOctets += octets.Length;
        if (Leg.Upstream is not { } upstream)
        {
            if (_requestOctets > MaxDiscarded)
            {
                End(keepsAlive: false);
            }

            return;
        }

        _request.Held.Append(octets);
        upstream.Write(octets);
        _copies.Append(octets);
        _recording?.AppendRequest(octets);
        if (upstream.IsCongested)
        {
            _client.Pause();
        }
    }

    /// <summary>Memory is short: what was kept of the body so that it could be sent again is let go.</summary>
    public void ForgetBody()
    {
        if (!_tries.IsWaiting)
        {
            _request.Held.ForgetBody();
        }
    }

    /// <summary>The request is whole.</summary>
    public void OnRequestEnd()
    {
        Leg.EndUpload();
        _copies.Complete();
        _recording?.CompleteRequest();
        if (_response.IsWhole)
        {
            Leg.Release(isRequestWhole: true);
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
    /// <param name="status">What it is answered.</param>
    /// <param name="text">Why.</param>
    public void OnRequestBroken(int status, ReadOnlySpan<byte> text)
    {
        _tries.Stop();
        _copies.Cancel();
        if (_response.HasBegun)
        {
            CutOff(BreakReason.BodyRefused);
        }
        else
        {
            _response.Answer(LocalReason.BodyRefused, status, text, [], mayKeepAlive: false);
            End(keepsAlive: false);
        }
    }

    /// <summary>The client stopped in the middle of its body.</summary>
    public void OnBodyTimeout() => OnRequestBroken(408, "the body stopped coming"u8);

    /// <summary>The client's connection is no more, or the client has ended its direction and wants no answer.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="isInOrder">True when the client ended in order: after a whole request the primary sees the same. Otherwise, and in the
    /// middle of a request, it sees a reset.</param>
    public void OnClientGone(BreakReason reason, bool isInOrder)
    {
        if (!IsActive)
        {
            return;
        }

        if (isInOrder && (_request.IsWhole || _step == Step.Tunnel))
        {
            _tries.Leave();
        }
        else
        {
            _tries.Stop();
        }

        Conclude(_response.IsWhole || _step == Step.Tunnel ? BreakReason.None : reason);
    }

    /// <summary>The client takes octets again.</summary>
    public void OnClientWritable() => Leg.Upstream?.Resume();

    // ── What the primary's connection tells. ──

    /// <summary>The head of a response, final or not.</summary>
    public void OnResponseHead(UpstreamConnection upstream, ReadOnlySpan<byte> octets)
    {
        var head = upstream.Head;
        if (head.IsInterim)
        {
            _response.WriteInterim(head, octets);
            Leg.SlowDownFor(_client);
            return;
        }

        if (head.StatusCode == 101 && !_request.MayChangeTo(head, octets))
        {
            OnUpstreamFailed(upstream, UpstreamFailure.Malformed);
            return;
        }

        Leg.OnResponse(head.StatusCode);
        if (_tries.TryAgain(head.StatusCode))
        {
            return;
        }

        var rewriter = _tries.Target!.Response ?? HeadRewriter.PlainResponse;
        _response.WriteHead(head, octets, upstream.BodyFraming, rewriter, _request);
        if (upstream.BodyFraming == BodyFraming.Tunnel)
        {
            _worker.Counters.CountTunnel();
            _step = Step.Tunnel;
            _recording?.EndBeforeTunnel(Leg.Endpoint?.Address);
            _tries.Unlimit();
            _client.EnterTunnel();
        }
    }

    /// <summary>A piece of the response's body.</summary>
    public void OnResponseBody(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content, OldChunkForm form)
    {
        _response.WriteBody(raw, content, form);
        Leg.SlowDownFor(_client);
    }

    /// <summary>The response is whole.</summary>
    public void OnResponseEnd(UpstreamConnection upstream)
    {
        _response.End();
        if (_request.IsWhole)
        {
            Leg.Release(isRequestWhole: true);
            End(_response.KeepsAlive);
        }
        else if (!upstream.Head.KeepAlive || !_response.KeepsAlive)
        {
            Leg.Release(isRequestWhole: false);
            EndOrDiscard();
        }
    }

    /// <summary>The connection failed this try; it is of no more use.</summary>
    public void OnUpstreamFailed(UpstreamConnection upstream, UpstreamFailure failure)
    {
        if (_response.HasBegun)
        {
            Leg.LetGo();
            FinishBegunResponse(BreakReason.PrimaryFailed, failure == UpstreamFailure.Reset);
        }
        else if (!_tries.TryAgain(upstream, failure))
        {
            var reason = failure == UpstreamFailure.Exhausted ? LocalReason.Exhausted : LocalReason.PrimaryFailed;
            Answer(reason, RetryRules.StatusOf(failure), RetryRules.TextOf(failure));
        }
    }

    /// <summary>The primary takes octets again.</summary>
    public void OnUpstreamWritable() => _client.Resume();

    // ── What the tries tell. ──

    /// <summary>The head and what is there of the body was given to a connection.</summary>
    public void OnSent(in HeadInputs inputs)
    {
        if (_hasCopied)
        {
            return;
        }

        _hasCopied = true;
        _recording?.Begin(_request);
        _copies.Begin(_tries.Target!, _request.Routed, inputs, _request.NewContext(), _request.IsTunnel);
        if (_request.IsWhole)
        {
            _copies.Complete();
            _recording?.CompleteRequest();
        }
    }

    /// <summary>What was waited for is there, or given up.</summary>
    public void OnWaitOver() => _client.Resume();

    /// <summary>The time for the whole exchange is over.</summary>
    public void OnTimeout()
    {
        _tries.Stop();
        if (_response.HasBegun)
        {
            FinishBegunResponse(BreakReason.TimedOut, wasReset: false);
        }
        else
        {
            Answer(LocalReason.TimedOut, 504, "upstream request timeout"u8);
        }
    }

    /// <summary>Aborts the request on purpose, if it is chosen to be.</summary>
    public bool TryAbort(FaultConfig fault)
    {
        if (!RouteAnswer.TryAbort(_worker, fault, _response))
        {
            return false;
        }

        EndOrDiscard();
        return true;
    }

    /// <summary>Gives an answer of our own instead of the primary's.</summary>
    public void Answer(LocalReason reason, int status, ReadOnlySpan<byte> text)
    {
        _response.Answer(reason, status, text, _request.ResponseLines, mayKeepAlive: true);
        EndOrDiscard();
    }

    /// <summary>Gives back what is held.</summary>
    public void Dispose()
    {
        _request.Held.Release();
        _tries.Dispose();
    }

    /// <summary>True when an orderly end of the client's connection would look like the end of the response in flight.</summary>
    public bool MustReset => IsActive && _response is { HasBegun: true, IsWhole: false, EndsWithConnection: true };

    private PrimaryLeg Leg => _tries.Leg;

    // The primary's connection is gone after the response began.
    private void FinishBegunResponse(BreakReason reason, bool wasReset)
    {
        if (_step == Step.Tunnel)
        {
            Conclude(BreakReason.None);
            _client.CutOff(wasReset);
        }
        else if (_response.IsWhole)
        {
            EndOrDiscard();
        }
        else
        {
            CutOff(reason);
        }
    }

    // The response is written to its end: what is still coming of the request goes nowhere.
    private void EndOrDiscard()
    {
        if (_request.IsWhole || (_request.HasBody && !_response.KeepsAlive))
        {
            End(_response.KeepsAlive && _request.IsWhole);
            return;
        }

        _step = Step.Discarding;
        _copies.Cancel();
        _client.Resume();
    }

    private void CutOff(BreakReason reason)
    {
        var mustReset = MustReset;
        Conclude(reason);
        _client.CutOff(mustReset);
    }

    private void End(bool keepsAlive)
    {
        Conclude(BreakReason.None);
        _client.OnExchangeOver(keepsAlive);
    }

    private void Conclude(BreakReason reason)
    {
        _step = Step.None;
        _recording?.End(Leg.Endpoint?.Address);
        _tries.End();
        if (!_request.IsWhole)
        {
            _copies.Cancel();
        }

        _worker.Counters.CountEnd(_response.Status, _response.Reason, reason);
        _request.Report(_response, _tries, _copies.Made, reason);
        _request.Held.End();
    }
}
