using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Wire;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Forwarding;

/// <summary>Records the exchange at hand: the request as the client sent it and the primary's final response, octet for octet, with the
/// times of the loop's turns. What the proxy answers without asking a primary is not recorded; of a request that no primary answered, the
/// request is.</summary>
/// <remarks>The traffic never waits for it. Thread safety: belongs to the loop's thread.</remarks>
internal sealed class ExchangeRecording(ProxyRecording recording, ProxyWorker worker, ClientConnection client)
{
    private MessageBuilder _request;
    private MessageBuilder _response;
    private ExchangeFlags _flags;
    private bool _isRequestWhole;
    private bool _isResponseWhole;
    private long _unixMinusLoop;
    private int _sequence;

    /// <summary>A request is sent to a primary.</summary>
    /// <param name="request">The request.</param>
    public void Begin(ClientRequest request)
    {
        if (recording.Pool.IsOverLimit)
        {
            recording.Recorder.Drop(DropReason.QueueBytes);
            _sequence++;
            return;
        }

        _flags = ExchangeFlags.None;
        _isRequestWhole = _isResponseWhole = false;
        _unixMinusLoop = recording.UnixMinus(worker.Loop.Now);
        Begin(ref _request, MessageKind.Request, request.Held.Head, request.Head, request.BeganAt);
    }

    /// <summary>A piece of the request's body, framing included.</summary>
    public void AppendRequest(ReadOnlySpan<byte> octets) => Append(ref _request, octets);

    /// <summary>The request is whole.</summary>
    public void CompleteRequest()
    {
        if (_request.IsBuilding)
        {
            _isRequestWhole = true;
            _request.BodyOctets = client.Machine.BodyOctets;
            _request.LastOctetAt = Now;
        }
    }

    /// <summary>A head of the primary's.</summary>
    /// <param name="head">What it says.</param>
    /// <param name="octets">Its octets.</param>
    public void OnResponseHead(MessageHead head, ReadOnlySpan<byte> octets)
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

        _flags |= head.StatusCode == 101 ? ExchangeFlags.Upgraded : 0;
        _flags |= _isRequestWhole ? 0 : ExchangeFlags.EarlyResponse;
        Begin(ref _response, MessageKind.Response, octets, head, worker.Loop.Now);
    }

    /// <summary>A piece of the response's body.</summary>
    /// <param name="raw">With its framing.</param>
    /// <param name="content">Without.</param>
    public void AppendResponse(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content)
    {
        if (_response.IsBuilding)
        {
            _response.BodyOctets += content.Length;
            Append(ref _response, raw);
        }
    }

    /// <summary>The response is whole.</summary>
    public void CompleteResponse()
    {
        if (_response.IsBuilding)
        {
            _isResponseWhole = true;
            _response.LastOctetAt = Now;
        }
    }

    /// <summary>What follows is a tunnel, which is not recorded.</summary>
    /// <param name="server">The endpoint.</param>
    public void EndBeforeTunnel(System.Net.IPEndPoint? server)
    {
        CompleteResponse();
        _flags |= _flags.HasFlag(ExchangeFlags.Upgraded) ? 0 : ExchangeFlags.Tunnelled;
        End(server);
    }

    /// <summary>The exchange is over, in whatever way: it is recorded as far as it came.</summary>
    /// <param name="server">The endpoint that was asked last; null when none was.</param>
    public void End(System.Net.IPEndPoint? server)
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
        recording.Recorder.Offer(FactsOf(server, request, response), request, response);
    }

    private Timestamp Now => new(worker.Loop.Now + _unixMinusLoop);

    private static Message Seal(ref MessageBuilder message, bool isWhole) =>
        message.Seal(isWhole ? MessageState.Complete : MessageState.Incomplete);

    private static ExchangeFlags Flags(Message message, ExchangeFlags incomplete, ExchangeFlags truncated) =>
        (message.IsIncomplete ? incomplete : 0) | (message.IsTruncated ? truncated : 0);

    private EntryFacts FactsOf(System.Net.IPEndPoint? server, Message request, Message? response) => new()
    {
        Id = worker.NextExchangeId(),
        Session = client.Number,
        SequenceInSession = _sequence++,
        Client = client.Addresses.Remote,
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
