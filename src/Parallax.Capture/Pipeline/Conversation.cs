using Parallax.Wire.Flows;

namespace Parallax.Capture.Pipeline;

/// <summary>What extraction remembers of one flow: who is the client, what is being read of each half, which exchanges are open.</summary>
/// <remarks>Between messages a half holds no reader, so an idle connection costs this object and nothing else.
/// Thread safety: none; belongs to one flow.</remarks>
internal sealed class Conversation
{
    /// <summary>Null until the flow showed who is who.</summary>
    public Direction? Client { get; set; }

    public HalfState Requests { get; } = new();

    public HalfState Responses { get; } = new();

    /// <summary>Exchanges with a request that are not over, oldest first.</summary>
    public List<PendingExchange> Pending { get; } = [];

    /// <summary>Responses that came before their request, oldest first.</summary>
    public List<PendingExchange> Early { get; } = [];

    public int NextSequence { get; set; }

    /// <summary>True from a gap among the responses until one was paired again: one or more may be missing.</summary>
    public bool ResponsesMayBeMissing { get; set; }

    /// <summary>True from a gap that may have swallowed requests until the next request.</summary>
    public bool RequestsMayBeMissing { get; set; }

    /// <summary>What the client had acknowledged when it sent requests of which one, or whose response, may be missing: which of those
    /// sent together got which response is not certain.</summary>
    public SequenceNumber? UncertainAcknowledgment { get; set; }

    public void Reset()
    {
        Client = null;
        Requests.Reset();
        Responses.Reset();
        Pending.Clear();
        Early.Clear();
        NextSequence = 0;
        ResponsesMayBeMissing = RequestsMayBeMissing = false;
        UncertainAcknowledgment = null;
    }
}

/// <summary>Where the extraction of one half stands.</summary>
internal sealed class HalfState
{
    /// <summary>The reader at work; null between messages.</summary>
    public HalfExtractor? Extractor { get; set; }

    /// <summary>True when the half lost its place and looks for the next message.</summary>
    public bool IsLost { get; set; }

    /// <summary>True behind CONNECT or an upgrade: no HTTP any more.</summary>
    public bool IsOpaque { get; set; }

    public void Reset()
    {
        Extractor = null;
        IsLost = IsOpaque = false;
    }
}
