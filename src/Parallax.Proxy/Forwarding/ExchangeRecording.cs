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
    private Message? _request;
    private Message? _response;
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
        _request = BeginMessage(MessageKind.Request, request.Held.Head, request.Head, request.BeganAt);
    }

    /// <summary>A piece of the request's body, framing included.</summary>
    public void AppendRequest(ReadOnlySpan<byte> octets) => Append(_request, octets);

    /// <summary>The request is whole.</summary>
    public void CompleteRequest()
    {
        if (_request is { } request)
        {
            _isRequestWhole = true;
            request.BodyOctets = client.Machine.BodyOctets;
            Complete(request);
        }
    }

    /// <summary>A head of the primary's.</summary>
    /// <param name="head">What it says.</param>
    /// <param name="octets">Its octets.</param>
    public void OnResponseHead(MessageHead head, ReadOnlySpan<byte> octets)
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

        _flags |= head.StatusCode == 101 ? ExchangeFlags.Upgraded : 0;
        _flags |= _isRequestWhole ? 0 : ExchangeFlags.EarlyResponse;
        _response = BeginMessage(MessageKind.Response, octets, head, worker.Loop.Now);
    }

    /// <summary>A piece of the response's body.</summary>
    /// <param name="raw">With its framing.</param>
    /// <param name="content">Without.</param>
    public void AppendResponse(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content)
    {
        if (_response is { } response)
        {
            response.BodyOctets += content.Length;
            Append(response, raw);
        }
    }

    /// <summary>The response is whole.</summary>
    public void CompleteResponse()
    {
        if (_response is { } response)
        {
            _isResponseWhole = true;
            Complete(response);
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

    private EntryFacts FactsOf(System.Net.IPEndPoint? server) => new()
    {
        Id = worker.NextExchangeId(),
        Session = client.Number,
        SequenceInSession = _sequence++,
        Client = client.Addresses.Remote,
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

        message.LastOctetAt = new Timestamp(worker.Loop.Now + _unixMinusLoop);
        if (!message.IsTruncated)
        {
            var room = recording.MaxBodyBytes - (message.RawOctets - message.Head.Length);
            var kept = octets[..(int)Math.Min(octets.Length, room)];
            message.IsTruncated = !message.TryAppend(kept) || kept.Length < octets.Length;
        }
    }

    private void Complete(Message message)
    {
        message.LastOctetAt = new Timestamp(worker.Loop.Now + _unixMinusLoop);
        message.IsComplete = !message.IsTruncated;
    }
}
