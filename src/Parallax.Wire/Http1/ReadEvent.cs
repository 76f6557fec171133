namespace Parallax.Wire.Http1;

/// <summary>What <see cref="MessageReader.Read"/> has met.</summary>
public enum ReadEventKind : byte
{
    /// <summary>Nothing more to say: all octets are consumed and kept where necessary. Hand in the next ones.</summary>
    NeedMore,

    /// <summary>A head is whole: <see cref="MessageReader.Head"/>, its octets in <see cref="ReadEvent.RawOctets"/>.</summary>
    Head,

    /// <summary>Octets of the body, framing and trailers included.</summary>
    Body,

    /// <summary>The message is over; <see cref="MessageReader.IsIncomplete"/> says whether all of it was seen.</summary>
    End,

    /// <summary>The message, or what should have been one, is wrong: <see cref="MessageReader.Error"/>. No End follows.</summary>
    Malformed,

    /// <summary>Octets thrown away: after something malformed, after a gap, after the last message of a connection.</summary>
    Skipped,

    /// <summary>Octets of a tunnel: no longer HTTP.</summary>
    Opaque,
}

/// <summary>One event of a <see cref="MessageReader"/>, with views over the octets it is about.</summary>
/// <remarks>The views are over the octets handed in, or over the reader's own buffer; either way they are valid until the reader's next
/// call. Thread safety: a stack-only value.</remarks>
public readonly ref struct ReadEvent
{
    internal ReadEvent(ReadEventKind kind)
        : this(kind, default, default)
    {
    }

    internal ReadEvent(ReadEventKind kind, ReadOnlySpan<byte> rawOctets, ReadOnlySpan<byte> contentOctets)
    {
        Kind = kind;
        RawOctets = rawOctets;
        ContentOctets = contentOctets;
    }

    /// <summary>An event about all of <paramref name="octets"/>; without any there is nothing to tell but what is malformed.</summary>
    internal static ReadEvent All(ReadEventKind kind, ReadOnlySpan<byte> octets, out int consumed)
    {
        consumed = octets.Length;
        return octets.IsEmpty && kind != ReadEventKind.Malformed
            ? new ReadEvent(ReadEventKind.NeedMore)
            : new ReadEvent(kind, octets, default);
    }

    /// <summary>What was met.</summary>
    public ReadEventKind Kind { get; }

    /// <summary>The octets as on the wire: the head (the ranges of <see cref="MessageHead"/> count from their first), the piece of body
    /// with its framing, what was skipped, or the piece of tunnel. Empty for the other kinds.</summary>
    public ReadOnlySpan<byte> RawOctets { get; }

    /// <summary>The body content within <see cref="RawOctets"/>; empty when those are framing only, and for the other kinds.</summary>
    public ReadOnlySpan<byte> ContentOctets { get; }
}
