namespace Parallax.Wire.Flows;

/// <summary>A TCP sequence number; arithmetic is modulo 2³² (RFC 9293 §3.4).</summary>
/// <param name="Value">The number as it stands in the header.</param>
/// <remarks>Deliberately not comparable: "before" is not transitive, so no sorted collection may hold these.
/// Thread safety: an immutable value.</remarks>
public readonly record struct SequenceNumber(uint Value)
{
    /// <summary>The number <paramref name="octets"/> further on; a negative count goes back.</summary>
    public SequenceNumber Advance(int octets) => new(unchecked(Value + (uint)octets));

    /// <summary>How far this number is past <paramref name="earlier"/>, −2³¹ to 2³¹−1; negative when it is the earlier one.</summary>
    public int OctetsSince(SequenceNumber earlier) => unchecked((int)(Value - earlier.Value));
}
