namespace Parallax.Wire.Flows;

/// <summary>Where the octets of a half come from: what the segment that carried them said.</summary>
/// <param name="First">Sequence number of the first octet.</param>
/// <param name="Acknowledgment">Next octet of the other half the sender expected when it sent these.</param>
/// <param name="HasAcknowledgment">False when the segment carried no acknowledgment.</param>
/// <param name="Timestamp">When the segment was seen.</param>
public readonly record struct SegmentOrigin(
    SequenceNumber First, SequenceNumber Acknowledgment, bool HasAcknowledgment, Timestamp Timestamp)
{
    /// <summary>The origin of the octets <paramref name="octets"/> further on in the same segment.</summary>
    public SegmentOrigin Skip(int octets) => this with { First = First.Advance(octets) };
}
