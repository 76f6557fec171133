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
    private MessageBuilder _request;
    private MessageBuilder _response;
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
            recording.Shadows?.Forget(request.Context.ExchangeId);
            _sequence++;
            return;
        }

        (_sent, _exchange) = (request, request.Context);
        _flags = ExchangeFlags.None;
        _isRequestWhole = _isResponseWhole = false;
        _unixMinusLoop = recording.UnixMinus(context.Loop.Now);
        Begin(ref _request, MessageKind.Request, request.Buffer.Head, request.Head, request.BeganAt);
    }

    /// <inheritdoc/>
    public void AppendRequest(ReadOnlySpan<byte> octets) => Append(ref _request, octets);

    /// <inheritdoc/>
    public void EndRequest()
    {
        if (_request.IsBuilding)
        {
            _isRequestWhole = true;
            _request.BodyOctets = _sent!.BodyOctets;
            _request.LastOctetAt = Now;
        }
    }

    /// <inheritdoc/>
    public void BeginResponse(MessageHead head, BodyFraming framing, ReadOnlySpan<byte> octets)
    {
        if (!_request.IsBuilding)
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
        Begin(ref _response, MessageKind.Response, octets, head, context.Loop.Now);
    }

    /// <inheritdoc/>
    public void AppendResponse(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content)
    {
        if (_response.IsBuilding)
        {
            _response.BodyOctets += content.Length;
            Append(ref _response, raw);
        }
    }

    /// <inheritdoc/>
    public void EndResponse()
    {
        if (_response.IsBuilding)
        {
            _isResponseWhole = true;
            _response.LastOctetAt = Now;
        }
    }

    /// <summary>The exchange is recorded as far as it came.</summary>
    /// <param name="server">The endpoint that was asked last; null when none was.</param>
    public void End(IPEndPoint? server)
    {
        if (!_request.IsBuilding)
        {
            return;
        }

        var request = Seal(ref _request, _isRequestWhole);
        var response = _response.IsBuilding ? Seal(ref _response, _isResponseWhole) : null;
        _flags |= Flags(request, ExchangeFlags.RequestIncomplete, ExchangeFlags.RequestTruncated);
        _flags |= response is null
            ? ExchangeFlags.NoResponse
            : Flags(response, ExchangeFlags.ResponseIncomplete, ExchangeFlags.ResponseTruncated);
        if (recording.Shadows is { } shadows)
        {
            shadows.Offer(FactsOf(server, request, response), request, response);
        }
        else
        {
            recording.Recorder.Offer(FactsOf(server, request, response), request, response);
        }
    }

    private Timestamp Now => new(context.Loop.Now + _unixMinusLoop);

    private static Message Seal(ref MessageBuilder message, bool isWhole) =>
        message.Seal(isWhole ? MessageState.Complete : MessageState.Incomplete);

    private static ExchangeFlags Flags(Message message, ExchangeFlags incomplete, ExchangeFlags truncated) =>
        (message.IsIncomplete ? incomplete : 0) | (message.IsTruncated ? truncated : 0);

    private EntryFacts FactsOf(IPEndPoint? server, Message request, Message? response) => new()
    {
        Id = _exchange.ExchangeId,
        Session = _exchange.Session,
        SequenceInSession = _sequence++,
        Client = _exchange.Client,
        Server = server is null ? default : Endpoint.From(server),
        Vni = -1,
        Flags = _flags,
        RequestFirst = request.FirstOctetAt,
        RequestLast = request.LastOctetAt,
        ResponseFirst = response?.FirstOctetAt ?? default,
        ResponseLast = response?.LastOctetAt ?? default,
    };

    private void Begin(ref MessageBuilder message, MessageKind kind, ReadOnlySpan<byte> octets, MessageHead head, long at)
    {
        message.Begin(recording.Pool, kind);
        message.CopyHead(octets, head, Math.Clamp(head.ContentLength, 0, recording.MaxBodyBytes));
        message.FirstOctetAt = message.LastOctetAt = new Timestamp(at + _unixMinusLoop);
    }

    private void Append(ref MessageBuilder message, ReadOnlySpan<byte> octets)
    {
        if (message.IsBuilding)
        {
            message.LastOctetAt = Now;
            message.AppendBody(octets, recording.MaxBodyBytes);
        }
    }
}
