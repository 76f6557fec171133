using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>An exchange of a conversation that is not over yet.</summary>
/// <remarks>Thread safety: none; belongs to one conversation. Pooled by <see cref="Pairing"/>.</remarks>
internal sealed class PendingExchange
{
    public long Id { get; set; }

    public int Sequence { get; set; }

    /// <summary>The request, once it has ended; null when none was captured, or it is not held (see
    /// <see cref="ExchangeConsumer.TakesExchanges"/>).</summary>
    public Message? Request { get; set; }

    public bool HasRequest { get; set; }

    public bool RequestEnded { get; set; }

    /// <summary>What the client had received of the other half when it sent the first octet of the request.</summary>
    public SequenceNumber RequestAcknowledgment { get; set; }

    public bool HasAcknowledgment { get; set; }

    /// <summary>True when a request in front of this one may be missing, so that the response may be that one's.</summary>
    public bool FollowsLoss { get; set; }

    /// <summary>True when the client had received more since it sent the request before.</summary>
    public bool BeginsBatch { get; set; }

    /// <summary>True when the request may be the body of one before it, so that nothing may answer it.</summary>
    public bool IsDistrusted { get; set; }

    public KnownMethod Method { get; set; }

    public bool ExpectsContinue { get; set; }

    /// <summary>The response, once it has ended; null when none was captured, or it is not held (see
    /// <see cref="ExchangeConsumer.TakesExchanges"/>).</summary>
    public Message? Response { get; set; }

    public bool HasResponse { get; set; }

    public bool ResponseEnded { get; set; }

    /// <summary>True when what came in place of the response cannot be read.</summary>
    public bool IsAnsweredUnreadably { get; set; }

    /// <summary>Place of the first octet of the response, for a response that came before its request.</summary>
    public SequenceNumber ResponseStart { get; set; }

    public ExchangeFlags Flags { get; set; }

    /// <summary>True when the client waits for 100 Continue and has its final answer instead.</summary>
    public bool IsRefused => ExpectsContinue && HasResponse && (Flags & ExchangeFlags.InterimSeen) == 0;

    public bool IsOver => RequestEnded && ResponseEnded;

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
