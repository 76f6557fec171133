namespace Parallax.Wire.Http1;

/// <summary>A place in octets that belong to someone else: where it starts and how long it is.</summary>
/// <param name="Start">Offset of the first octet.</param>
/// <param name="Length">Number of octets; 0 for "nothing there".</param>
/// <remarks>Thread safety: an immutable value. It says nothing about the lifetime of the octets; the giver's doc does.</remarks>
public readonly record struct OctetRange(int Start, int Length)
{
    /// <summary>True when no octet lies in the range.</summary>
    public bool IsEmpty => Length == 0;

    /// <summary>Offset after the last octet.</summary>
    public int End => unchecked(Start + Length);

    /// <summary>The octets at this place of <paramref name="octets"/>, which must be those the range was made for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie in <paramref name="octets"/>.</exception>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> octets) => octets.Slice(Start, Length);

    /// <summary>The range from <paramref name="start"/> up to, and not including, <paramref name="end"/>.</summary>
    internal static OctetRange Between(int start, int end) => new(start, unchecked(end - start));
}

/// <summary>One field line of a head (RFC 9112 §5) as two places in the head's octets.</summary>
/// <param name="Name">The field name as written.</param>
/// <param name="Value">The value without the whitespace around it; of a folded field (obs-fold) it covers the folds.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct HeaderField(OctetRange Name, OctetRange Value);
