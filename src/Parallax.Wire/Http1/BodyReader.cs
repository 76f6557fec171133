namespace Parallax.Wire.Http1;

/// <summary>Takes the framing off a body, step by step (RFC 9112 §6 and §7).</summary>
/// <remarks>A mutable value: keep it in a field, never copy it. Holds no octets. Thread safety: none.</remarks>
public struct BodyReader
{
    private readonly BodyFraming _framing;
    private long _remaining;
    private ChunkedReader _chunks;

    /// <summary>Begins a body.</summary>
    /// <param name="framing">How its end is recognized; a tunnel never ends.</param>
    /// <param name="length">Its octets with <see cref="BodyFraming.Length"/>; not looked at otherwise.</param>
    public BodyReader(BodyFraming framing, long length)
    {
        _framing = framing;
        _remaining = length;
        IsComplete = framing == BodyFraming.None || (framing == BodyFraming.Length && length <= 0);
    }

    /// <summary>True once the last octet was consumed. A body that ends with the connection never is.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Octets of content so far, those skipped included; stays at the top, as a gap may be told to be of any size.</summary>
    public long ContentOctets { get; private set; }

    /// <summary>The same with chunk framing and trailers.</summary>
    public long RawOctets { get; private set; }

    /// <summary>True once a trailer field was met.</summary>
    public readonly bool HasTrailers => _chunks.HasTrailers;

    /// <summary>Octets so far of what stands after the last chunk: trailer fields and the empty line.</summary>
    public readonly int TrailerOctets => _chunks.TrailerOctets;

    /// <summary>Whether the framing of this piece must be rewritten when it is passed on.</summary>
    internal readonly OldChunkForm OldChunks => _chunks.OldForm;

    /// <summary>Consumes the next piece: at most one run of content with the framing before it.</summary>
    /// <param name="octets">The octets next on the wire.</param>
    /// <param name="policy">Looseness and limits.</param>
    /// <param name="consumed">How many of them were consumed; all, unless content of another chunk or another message follows.</param>
    /// <param name="content">The body content among the consumed octets; empty when those were framing only.</param>
    /// <param name="error">Why the status is <see cref="BodyStatus.Malformed"/>.</param>
    public BodyStatus Read(
        ReadOnlySpan<byte> octets, Http1Policy policy, out int consumed, out OctetRange content, out Http1Error error)
    {
        consumed = 0;
        content = default;
        error = Http1Error.None;
        if (IsComplete)
        {
            return BodyStatus.Complete;
        }

        BodyStatus status;
        if (_framing == BodyFraming.Chunked)
        {
            status = _chunks.Read(octets, policy, out consumed, out content, out error);
            IsComplete = status == BodyStatus.Complete;
        }
        else
        {
            consumed = _framing == BodyFraming.Length && _remaining < octets.Length ? (int)_remaining : octets.Length;
            content = new OctetRange(0, consumed);
            status = Advance(consumed, policy, out error);
        }

        if (status != BodyStatus.Malformed)
        {
            Count(consumed, content.Length);
        }

        return status;
    }

    /// <summary>Counts octets that were never seen as content.</summary>
    /// <returns>False when they do not lie in this body for certain: it is chunked, or they are more than the rest of it.</returns>
    public bool TrySkip(long octets)
    {
        if (_framing != BodyFraming.UntilClose && (_framing != BodyFraming.Length || octets > _remaining))
        {
            return false;
        }

        if (_framing == BodyFraming.Length)
        {
            _remaining -= octets;
            IsComplete = _remaining == 0;
        }

        Count(octets, octets);
        return true;
    }

    private void Count(long rawOctets, long contentOctets)
    {
        RawOctets = rawOctets > long.MaxValue - RawOctets ? long.MaxValue : RawOctets + rawOctets;
        ContentOctets = contentOctets > long.MaxValue - ContentOctets ? long.MaxValue : ContentOctets + contentOctets;
    }

    private BodyStatus Advance(int octets, Http1Policy policy, out Http1Error error)
    {
        error = Http1Error.None;
        if (_framing == BodyFraming.Length)
        {
            _remaining -= octets;
            IsComplete = _remaining == 0;
            return IsComplete ? BodyStatus.Complete : BodyStatus.NeedMore;
        }

        // Without a length the same field counts upwards.
        _remaining = unchecked(_remaining + octets);
        if (_framing == BodyFraming.Tunnel || _remaining <= policy.MaxBodyBytes)
        {
            return BodyStatus.NeedMore;
        }

        error = Http1Error.BodyTooLarge;
        return BodyStatus.Malformed;
    }
}
