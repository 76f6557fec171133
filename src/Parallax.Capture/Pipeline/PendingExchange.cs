using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>An exchange of a conversation that is not over yet.</summary>
/// <remarks>Thread safety: none; belongs to one conversation. Pooled by <see cref="OpenExchanges"/>.</remarks>
internal sealed class PendingExchange
{
    /// <summary>Its number; 0 while it has no request.</summary>
    public long Id { get; private set; }

    /// <summary>Its place in the conversation, from 0.</summary>
    public int Sequence { get; private set; }

    /// <summary>The request, once it has ended; null when none was captured, or it is not held (see
    /// <see cref="ExchangeConsumer.TakesExchanges"/>).</summary>
    public Message? Request { get; private set; }

    public bool HasRequest { get; private set; }

    public bool RequestEnded { get; private set; }

    /// <summary>What the client had received of the other half when it sent the first octet of the request.</summary>
    public SequenceNumber RequestAcknowledgment { get; private set; }

    public bool HasAcknowledgment { get; private set; }

    /// <summary>True when a request in front of this one may be missing, so that the response may be that one's.</summary>
    public bool FollowsLoss { get; private set; }

    /// <summary>True when the client had received more since it sent the request before.</summary>
    public bool BeginsBatch { get; private set; }

    /// <summary>True when the request may be the body of one before it, so that nothing may answer it.</summary>
    public bool IsDistrusted { get; private set; }

    public KnownMethod Method { get; private set; }

    /// <summary>The response, once it has ended; null when none was captured, or it is not held (see
    /// <see cref="ExchangeConsumer.TakesExchanges"/>).</summary>
    public Message? Response { get; private set; }

    public bool HasResponse { get; private set; }

    public bool ResponseEnded { get; private set; }

    /// <summary>True when what came in place of the response cannot be read.</summary>
    public bool IsAnsweredUnreadably { get; private set; }

    /// <summary>Place of the first octet of the response.</summary>
    public SequenceNumber ResponseStart { get; private set; }

    public ExchangeFlags Flags { get; private set; }

    /// <summary>True when the client waits for 100 Continue and has its final answer instead.</summary>
    public bool IsRefused => ExpectsContinue && HasResponse && (Flags & ExchangeFlags.InterimSeen) == 0;

    public bool IsOver => RequestEnded && ResponseEnded;

    private bool ExpectsContinue { get; set; }

    public void Begin(int sequence) => Sequence = sequence;

    /// <summary>Its request begins: the head was read.</summary>
    public void BeginRequest(long id, MessageHead head, in SegmentOrigin origin)
    {
        Id = id;
        HasRequest = true;
        RequestAcknowledgment = origin.Acknowledgment;
        HasAcknowledgment = origin.HasAcknowledgment;
        Method = head.KnownMethod;
        ExpectsContinue = head.ExpectsContinue;
    }

    /// <summary>Notes what tells whether its response can be found; see the properties.</summary>
    public void NoteEvidence(bool followsLoss, bool beginsBatch, bool isDistrusted)
    {
        FollowsLoss = followsLoss;
        BeginsBatch = beginsBatch;
        IsDistrusted = isDistrusted;
    }

    /// <summary>Its request ended.</summary>
    /// <param name="request">Whose reference it takes over; null when it is not held.</param>
    public void EndRequest(Message? request)
    {
        RequestEnded = true;
        Request = request;
    }

    /// <summary>Its response begins: the head was read.</summary>
    public void BeginResponse(in SegmentOrigin origin)
    {
        HasResponse = true;
        ResponseStart = origin.First;
    }

    /// <summary>Its response ended.</summary>
    /// <param name="response">Whose reference it takes over; null when it is not held.</param>
    public void EndResponse(Message? response)
    {
        ResponseEnded = true;
        Response = response;
    }

    /// <summary>What came in place of its response cannot be read.</summary>
    public void NoteUnreadable()
    {
        IsAnsweredUnreadably = true;
        Mark(ExchangeFlags.PairingUncertain);
    }

    /// <summary>Adds <paramref name="flags"/> to those it has.</summary>
    public void Mark(ExchangeFlags flags) => Flags |= flags;

    /// <summary>False when the client had what begins at <paramref name="start"/> already when it sent the request.</summary>
    public bool CanBeAnsweredAt(SequenceNumber start) => !HasAcknowledgment || start.OctetsSince(RequestAcknowledgment) >= 0;

    public void Reset()
    {
        Request = Response = null;
        HasRequest = RequestEnded = HasResponse = ResponseEnded = HasAcknowledgment = ExpectsContinue = false;
        FollowsLoss = BeginsBatch = IsAnsweredUnreadably = IsDistrusted = false;
        Method = KnownMethod.Get;
        Flags = 0;
        Id = 0;
    }
}
