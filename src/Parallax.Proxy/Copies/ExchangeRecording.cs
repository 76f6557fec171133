using System.Net;
using Parallax.Proxy.Bounds;
using Parallax.Proxy.Requests;
using Parallax.Proxy.Routing;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;
using Parallax.Wire;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Copies;

/// <summary>Records the exchange at hand: the request as the client sent it and the primary's final response, octet for octet, with the
/// times of the loop's turns. What the proxy answers without asking a primary is not recorded; of a request that no primary answered, the
/// request is.</summary>
/// <remarks>The traffic never waits for it. Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ExchangeRecording(ProxyRecording recording, LoopContext context) : IExchangeObserver
{
    private Message? _request;
    private Message? _response;
    private ExchangeFlags _flags;
    private ClientRequest? _sent;
    private RequestContext _exchange;
    private bool _isRequestWhole;
    private bool _isResponseWhole;
    private long _unixMinusLoop;
    private int _sequence;

    /// <inheritdoc/>
    public void Begin(ClientRequest request, RouteTarget target, in HeadInputs inputs)
    {
        if (recording.Pool.IsOverLimit)
        {
            recording.Recorder.Drop(DropReason.QueueBytes);
            _sequence++;
            return;
        }

        (_sent, _exchange) = (request, request.Context);
        _flags = ExchangeFlags.None;
        _isRequestWhole = _isResponseWhole = false;
        _unixMinusLoop = recording.UnixMinus(context.Loop.Now);
        _request = BeginMessage(MessageKind.Request, request.Buffer.Head, request.Head, request.BeganAt);
    }

    /// <inheritdoc/>
    public void AppendRequest(ReadOnlySpan<byte> octets) => Append(_request, octets);

    /// <inheritdoc/>
    public void EndRequest()
    {
        if (_request is { } request)
        {
            _isRequestWhole = true;
            request.BodyOctets = _sent!.BodyOctets;
            Complete(request);
        }
    }

    /// <inheritdoc/>
    public void BeginResponse(MessageHead head, BodyFraming framing, ReadOnlySpan<byte> octets)
    {
        if (_request is null)
        {
            return;
        }

        if (head.IsInterim)
        {
            _flags |= ExchangeFlags.InterimSeen;
            return;
        }

        _flags |= head.StatusCode == 101 ? ExchangeFlags.Upgraded : framing == BodyFraming.Tunnel ? ExchangeFlags.Tunnelled : 0;
        _flags |= _isRequestWhole ? 0 : ExchangeFlags.EarlyResponse;
        _response = BeginMessage(MessageKind.Response, octets, head, context.Loop.Now);
    }

    /// <inheritdoc/>
    public void AppendResponse(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content)
    {
        if (_response is { } response)
        {
            response.BodyOctets += content.Length;
            Append(response, raw);
        }
    }

    /// <inheritdoc/>
    public void EndResponse()
    {
        if (_response is { } response)
        {
            _isResponseWhole = true;
            Complete(response);
        }
    }

    /// <summary>The exchange is recorded as far as it came.</summary>
    /// <param name="server">The endpoint that was asked last; null when none was.</param>
    public void End(IPEndPoint? server)
    {
        if (_request is not { } request)
        {
            return;
        }

        request.IsIncomplete = !_isRequestWhole;
        _flags |= Flags(request, ExchangeFlags.RequestIncomplete, ExchangeFlags.RequestTruncated);
        if (_response is { } response)
        {
            response.IsIncomplete = !_isResponseWhole;
            _flags |= Flags(response, ExchangeFlags.ResponseIncomplete, ExchangeFlags.ResponseTruncated);
        }
        else
        {
            _flags |= ExchangeFlags.NoResponse;
        }

        recording.Recorder.Offer(FactsOf(server), request, _response);
        (_request, _response) = (null, null);
    }

    private static ExchangeFlags Flags(Message message, ExchangeFlags incomplete, ExchangeFlags truncated) =>
        (message.IsIncomplete ? incomplete : 0) | (message.IsTruncated ? truncated : 0);

    private EntryFacts FactsOf(IPEndPoint? server) => new()
    {
        Id = _exchange.ExchangeId,
        Session = _exchange.Session,
        SequenceInSession = _sequence++,
        Client = _exchange.Client,
        Server = server is null ? default : Endpoint.From(server),
        Vni = -1,
        Flags = _flags,
        RequestFirst = _request!.FirstOctetAt,
        RequestLast = _request.LastOctetAt,
        ResponseFirst = _response?.FirstOctetAt ?? default,
        ResponseLast = _response?.LastOctetAt ?? default,
    };

    private Message BeginMessage(MessageKind kind, ReadOnlySpan<byte> octets, MessageHead head, long at)
    {
        var message = Message.Rent(recording.Pool, kind);
        message.CopyHead(octets, head, Math.Clamp(head.ContentLength, 0, recording.MaxBodyBytes));
        message.FirstOctetAt = message.LastOctetAt = new Timestamp(at + _unixMinusLoop);
        return message;
    }

    private void Append(Message? message, ReadOnlySpan<byte> octets)
    {
        if (message is null)
        {
            return;
        }

        message.LastOctetAt = new Timestamp(context.Loop.Now + _unixMinusLoop);
        if (!message.IsTruncated)
        {
            var room = recording.MaxBodyBytes - (message.RawOctets - message.Head.Length);
            var kept = octets[..(int)Math.Min(octets.Length, room)];
            message.IsTruncated = !message.TryAppend(kept) || kept.Length < octets.Length;
        }
    }

    private void Complete(Message message)
    {
        message.LastOctetAt = new Timestamp(context.Loop.Now + _unixMinusLoop);
        message.IsComplete = !message.IsTruncated;
    }
}
