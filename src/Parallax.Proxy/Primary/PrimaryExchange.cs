using System.Diagnostics;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Copies;
using Parallax.Proxy.Requests;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Primary;

/// <summary>One request on its way to the primary, and its response on the way back. A client's connection has one, used for each of its
/// requests in turn.</summary>
/// <remarks>
/// <para>A response may come before the request is whole. The client gets it at once and the upload goes on as long as the primary takes it
/// (and after that into nothing, up to a bound), so that the connection can be used again; when it cannot be used again anyway, the
/// upload is cut.</para>
/// <para>Thread safety: belongs to the loop's thread.</para>
/// </remarks>
internal sealed class PrimaryExchange : IResponseReceiver, IRetryListener
{
    // Octets of a body nobody wants that are read so that the connection can be used again.
    private const long MaxDiscarded = 1 << 20;

    private readonly LoopContext _context;
    private readonly ClientRequest _request;
    private readonly IExchangeClient _client;
    private readonly ResponseRelay _response;
    private readonly RequestCopies _copies;
    private readonly ExchangeObservers _observers;
    private readonly PrimaryAttempt _attempt;
    private readonly RetryLoop _retries;
    private readonly ExchangeReport _report;
    private Step _step;
    private bool _wasSent;
    private long _requestOctets;

    /// <param name="scope">What it shares with the other exchanges of the loop.</param>
    /// <param name="request">The client's requests, one after the other.</param>
    /// <param name="client">The client's connection.</param>
    public PrimaryExchange(ExchangeScope scope, ClientRequest request, IExchangeClient client)
    {
        _context = scope.Loop;
        _request = request;
        _client = client;
        _response = new ResponseRelay(_context, request, client);
        _copies = new RequestCopies(_context, scope.Mirrors);
        _observers = _context.Options.Recording is { } recording
            ? new ExchangeObservers(_copies, new ExchangeRecording(recording, _context))
            : new ExchangeObservers(_copies);
        _attempt = new PrimaryAttempt(scope, this);
        _retries = new RetryLoop(_context, request, _attempt, this);
        _report = new ExchangeReport(_context, request, _response, _attempt);
        Tunnel = new TunnelRelay(client, _attempt);
    }

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
    public bool TakesBody => !_retries.IsWaiting;

    /// <summary>What goes through once the response says so.</summary>
    public TunnelRelay Tunnel { get; }

    // ── From the client's connection. ──

    /// <summary>A request's head is there.</summary>
    /// <param name="octets">Its octets; copied.</param><param name="following">How many octets were received after it.</param>
    public void Begin(ReadOnlySpan<byte> octets, int following)
    {
        Debug.Assert(!IsActive);
        _context.Counters.CountRequest();
        _step = Step.Forwarding;
        _response.Reset();
        _retries.Reset();
        _requestOctets = 0;
        _wasSent = false;
        _request.Begin(octets);
        if (RouteAnswer.TryGive(_request, _response))
        {
            EndOrDiscard();
        }
        else
        {
            _retries.Begin(following);
        }
    }

    /// <summary>A piece of the request's body is there.</summary>
    public void OnRequestBody(ReadOnlySpan<byte> octets)
    {
        _requestOctets += octets.Length;
        if (_attempt.Upstream is not { } upstream)
        {
            if (_requestOctets > MaxDiscarded)
            {
                End(keepsAlive: false);
            }

            return;
        }

        _request.Buffer.Append(octets);
        upstream.Write(octets);
        _observers.AppendRequest(octets);
        if (upstream.IsCongested)
        {
            _client.Pause();
        }
    }

    /// <summary>Memory is short: gives up what is kept of the body so that it could be sent again.</summary>
    public void DropBody()
    {
        if (!_retries.IsWaiting)
        {
            _request.Buffer.DropBody();
        }
    }

    /// <summary>The request is whole.</summary>
    public void OnRequestEnd()
    {
        _attempt.EndUpload();
        _observers.EndRequest();
        if (_response.IsWhole)
        {
            _attempt.Release(isRequestWhole: true);
            End(_response.KeepsAlive);
        }
    }

    /// <summary>All octets at hand were read.</summary>
    public void OnReadOver() => _observers.PauseRequest();

    /// <summary>The request's body is malformed or too large.</summary>
    /// <param name="status">What it is answered.</param>
    /// <param name="text">Why.</param>
    public void OnRequestBroken(int status, ReadOnlySpan<byte> text)
    {
        _retries.Abort();
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

    /// <summary>The client's connection is closed, or the client has ended its direction and wants no answer.</summary>
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
            _retries.CloseAfterWrites();
        }
        else
        {
            _retries.Abort();
        }

        Conclude(_response.IsWhole || _step == Step.Tunnel ? BreakReason.None : reason);
    }

    /// <summary>The client takes octets again.</summary>
    public void OnClientWritable() => _attempt.Upstream?.Resume();

    // ── From the primary's connection. ──

    /// <inheritdoc/>
    public void OnResponseHead(MessageHead head, BodyFraming framing, ReadOnlySpan<byte> octets)
    {
        if (!head.IsInterim && !TakesResponse(head, octets))
        {
            return;
        }

        _observers.BeginResponse(head, framing, octets);
        if (head.IsInterim)
        {
            _response.WriteInterim(head, octets);
            _attempt.SlowDownFor(_client);
            return;
        }

        _response.WriteHead(head, octets, framing, _retries.Target!.Response ?? HeadRewriter.PlainResponse);
        if (framing == BodyFraming.Tunnel)
        {
            EnterTunnel();
        }
    }

    /// <inheritdoc/>
    public void OnResponseBody(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content, OldChunkForm form)
    {
        _observers.AppendResponse(raw, content);
        _response.WriteBody(raw, content, form);
        _attempt.SlowDownFor(_client);
    }

    /// <inheritdoc/>
    public void OnResponseEnd()
    {
        _observers.EndResponse();
        _response.End();
        if (_request.IsWhole)
        {
            _attempt.Release(isRequestWhole: true);
            End(_response.KeepsAlive);
        }
        else if (!_attempt.Upstream!.Response.Head.KeepAlive || !_response.KeepsAlive)
        {
            _attempt.Release(isRequestWhole: false);
            EndOrDiscard();
        }
    }

    /// <inheritdoc/>
    public void OnTunnelOctets(ReadOnlySpan<byte> octets) => Tunnel.OnPrimaryOctets(octets);

    /// <inheritdoc/>
    public void OnTunnelEnd() => Tunnel.OnPrimaryEnd();

    /// <inheritdoc/>
    public void OnFailed(FailureReason failure)
    {
        if (_response.HasBegun)
        {
            _attempt.Abort();
            FinishBegunResponse(BreakReason.PrimaryFailed, failure == FailureReason.Reset);
        }
        else
        {
            _retries.OnFailure(failure);
        }
    }

    /// <inheritdoc/>
    public void OnServerWritable() => _client.Resume();

    /// <inheritdoc/>
    public void OnDeadline() => _retries.OnDeadline();

    // ── From the retry loop. ──

    /// <inheritdoc/>
    public void OnSent(in HeadInputs inputs)
    {
        _wasSent = true;
        _observers.Begin(_request, _retries.Target!, inputs);
    }

    /// <inheritdoc/>
    public void OnWaitOver() => _client.Resume();

    /// <inheritdoc/>
    public void OnTimeout()
    {
        _retries.Abort();
        if (_response.HasBegun)
        {
            FinishBegunResponse(BreakReason.TimedOut, wasReset: false);
        }
        else
        {
            Answer(LocalReason.TimedOut, 504, "upstream request timeout"u8);
        }
    }

    /// <inheritdoc/>
    public bool TryAbort(FaultConfig fault)
    {
        if (!RouteAnswer.TryAbort(_context, fault, _response))
        {
            return false;
        }

        EndOrDiscard();
        return true;
    }

    /// <inheritdoc/>
    public void Answer(LocalReason reason, int status, ReadOnlySpan<byte> text)
    {
        _response.Answer(reason, status, text, _request.ResponseLines, mayKeepAlive: true);
        EndOrDiscard();
    }

    /// <summary>Gives back what is held.</summary>
    public void Dispose()
    {
        _request.Buffer.Release();
        _retries.Dispose();
    }

    /// <summary>True when an orderly end of the client's connection would look like the end of the response in flight.</summary>
    public bool MustReset => IsActive && _response is { HasBegun: true, IsWhole: false, EndsWithConnection: true };

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

    // The response is complete. The rest of the request is read, and goes nowhere, if the connection can be used after that.
    private void EndOrDiscard()
    {
        var readsRest = !_request.IsWhole && (_response.KeepsAlive || !_request.HasBody);
        if (!readsRest)
        {
            End(_response.KeepsAlive && _request.IsWhole);
            return;
        }

        _step = Step.Discarding;
        _observers.AbortRequest();
        _client.Resume();
    }

    // False when the response is not passed on: it is malformed, or the request is tried again because of it.
    private bool TakesResponse(MessageHead head, ReadOnlySpan<byte> octets)
    {
        if (head.StatusCode == 101 && !_request.MayChangeTo(head, octets))
        {
            OnFailed(FailureReason.MalformedAnswer);
            return false;
        }

        _attempt.OnResponse(head.StatusCode);
        return !_retries.TryAgain(head.StatusCode);
    }

    private void EnterTunnel()
    {
        _context.Counters.CountTunnel();
        _step = Step.Tunnel;
        _observers.EndResponse();
        _observers.End(_attempt.Endpoint?.Address);
        _retries.Unlimit();
        _client.EnterTunnel();
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
        _observers.End(_attempt.Endpoint?.Address);
        _retries.End();
        _report.Send(reason, _retries.Retries, _wasSent ? _copies.Made : 0);
        _request.Buffer.End();
    }
}
