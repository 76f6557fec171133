namespace Parallax.Wire.Flows;

/// <summary>Receives, in order, what a <see cref="FlowTable"/> reassembles. For one half the calls are: any number of
/// <see cref="OnOctets"/> and <see cref="OnGap"/>, then at most one <see cref="OnHalfEnded"/>; for a flow, last of all and exactly
/// once, <see cref="OnFlowEnded"/>.</summary>
/// <remarks>Thread safety: called on the thread that feeds the table, never re-entrantly; it must not call the table.</remarks>
public abstract class FlowConsumer
{
    /// <summary>The next octets of one half. One call per segment (or rest of one), so a call begins where a sender's write may have
    /// begun.</summary>
    /// <param name="flow">The flow; the consumer may hang its state on <see cref="Flow.Attachment"/>.</param>
    /// <param name="direction">Which half.</param>
    /// <param name="octets">Valid during the call only. Never empty.</param>
    /// <param name="origin">The segment they came in.</param>
    public abstract void OnOctets(Flow flow, Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin);

    /// <summary>Octets of one half that were never seen and are given up.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="direction">Which half.</param>
    /// <param name="octets">How many, 1 or more.</param>
    public abstract void OnGap(Flow flow, Direction direction, int octets);

    /// <summary>The sender of this half sent FIN, and all before it was delivered or given up.</summary>
    public abstract void OnHalfEnded(Flow flow, Direction direction);

    /// <summary>The flow is forgotten. The object will be used for another flow after this call.</summary>
    public abstract void OnFlowEnded(Flow flow, FlowEnd reason);
}
