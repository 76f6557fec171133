using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>What extraction remembers of one flow: who is the client, what is being read of each half, which exchanges are open.</summary>
/// <remarks>Between messages a half holds no reader, so an idle connection costs this object and nothing else.
/// Thread safety: none; belongs to one flow.</remarks>
internal sealed class Conversation
{
    /// <summary>Null until the flow showed who is who.</summary>
    public Direction? Client { get; set; }

    /// <summary>The PROXY header that is being read; null before and after.</summary>
    public ProxyPreamble? Preamble { get; set; }

    /// <summary>What the connection looks like when it is not HTTP/1, or no longer; null while nothing speaks against HTTP/1.</summary>
    public OtherProtocol? Protocol { get; set; }

    /// <summary>Segments in which the protocol was looked for.</summary>
    public int Looks { get; set; }

    /// <summary>The client's end: the one that a PROXY header named, else that of the flow. Null until it was asked for.</summary>
    public Endpoint? ClientEnd { get; set; }

    /// <summary>True once octets of either half were seen: no PROXY header follows them.</summary>
    public bool IsPastPreamble { get; set; }

    public HalfState Requests { get; } = new();

    public HalfState Responses { get; } = new();

    /// <summary>Exchanges with a request that are not over, oldest first.</summary>
    public List<PendingExchange> Pending { get; } = [];

    /// <summary>Responses that came before their request, oldest first.</summary>
    public List<PendingExchange> Early { get; } = [];

    public int NextSequence { get; set; }

    /// <summary>True from a gap that may have swallowed requests until the next request.</summary>
    public bool RequestsMayBeMissing { get; set; }

    /// <summary>What the client had acknowledged when it sent the latest request.</summary>
    public SequenceNumber? LatestAcknowledgment { get; set; }

    /// <summary>True once a request was sent after some, but not all, responses to those before it.</summary>
    public bool KeepsSeveralInFlight { get; set; }

    /// <summary>True from a loss that may have swallowed responses, or requests whose responses are still to come, until the numbers are
    /// clear again: which request got which response is not certain.</summary>
    public bool PairingIsUncertain { get; set; }

    /// <summary>True after a CONNECT that was agreed to: what is found there is spoken with another server.</summary>
    public bool IsTunnel { get; set; }

    public void Reset()
    {
        Client = null;
        Preamble = null;
        ClientEnd = null;
        Protocol = null;
        Looks = 0;
        IsPastPreamble = false;
        Requests.Reset();
        Responses.Reset();
        Pending.Clear();
        Early.Clear();
        NextSequence = 0;
        RequestsMayBeMissing = KeepsSeveralInFlight = PairingIsUncertain = IsTunnel = false;
        LatestAcknowledgment = null;
    }
}

/// <summary>Where the extraction of one half stands.</summary>
internal sealed class HalfState
{
    /// <summary>The reader at work; null between messages.</summary>
    public HalfExtractor? Extractor { get; set; }

    /// <summary>True once octets of it were read.</summary>
    public bool HasBegun { get; set; }

    /// <summary>True when the half lost its place and looks for the next message.</summary>
    public bool IsLost { get; set; }

    /// <summary>True after an upgrade: no longer HTTP/1.</summary>
    public bool IsOpaque { get; set; }

    /// <summary>What its sender had acknowledged when it sent the latest head; null before the first.</summary>
    public SequenceNumber? HeadAcknowledgment { get; set; }

    /// <summary>True after a message whose end is in doubt: what its sender sends before it was answered may all be its body, and is not
    /// to be sent to anybody.</summary>
    public bool IsInDoubt { get; set; }

    /// <summary>True while the end of the message at hand is in doubt.</summary>
    public bool IsInDoubtfulMessage { get; set; }

    /// <summary>True when nothing tells its end: no message is made of what follows, before it was answered.</summary>
    public bool IsBarred { get; set; }

    /// <summary>True when the sender had received more than when it sent the latest head: what it sends may be its next message.</summary>
    public bool GoesOn(in SegmentOrigin origin) =>
        HeadAcknowledgment is { } latest && origin.HasAcknowledgment && origin.Acknowledgment.OctetsSince(latest) > 0;

    /// <summary>A message ends; <paramref name="error"/> says what is wrong with it.</summary>
    public void EndMessage(Http1Error error)
    {
        IsInDoubtfulMessage = false;
        IsBarred = error == Http1Error.ConflictingContentLengths;
        IsInDoubt = IsBarred || error == Http1Error.LengthAndTransferEncoding;
    }

    /// <summary>A response begins at <paramref name="start"/>, or an interim one ended there.</summary>
    public void NoteAnswer(SequenceNumber start) =>
        HeadAcknowledgment = HeadAcknowledgment is { } latest && start.OctetsSince(latest) > 0 ? start : HeadAcknowledgment;

    public void Reset()
    {
        Extractor = null;
        HasBegun = IsLost = IsOpaque = IsInDoubt = IsInDoubtfulMessage = IsBarred = false;
        HeadAcknowledgment = null;
    }
}

/// <summary>One half of one conversation.</summary>
internal readonly record struct ConversationHalf(Flow Flow, Conversation Conversation, bool IsRequests)
{
    public HalfState State => IsRequests ? Conversation.Requests : Conversation.Responses;
}
