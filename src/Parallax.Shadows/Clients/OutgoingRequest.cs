using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Clients;

/// <summary>A request on its way to a server: complete, or a stream. Its holder owns one reference to the message.</summary>
/// <param name="Message">The complete request; null for a stream.</param>
/// <param name="Context">What belongs to it.</param>
/// <param name="OfferedAt">When it was offered, monotonic nanoseconds.</param>
/// <param name="WasResent">True when this is its second and last attempt.</param>
/// <param name="Stream">The request whose body is still coming; null for a complete one.</param>
internal readonly record struct OutgoingRequest(
    Message? Message, RequestContext Context, long OfferedAt, bool WasResent, RequestStream? Stream = null)
{
    /// <summary>Octets that are there of it; of a stream, until it is started.</summary>
    public long RawOctets => Message?.RawOctets ?? Stream?.WaitingOctets ?? 0;

    /// <summary>Its method; of a stream, until it is started.</summary>
    public KnownMethod Method => Message?.Method ?? Stream?.Method ?? KnownMethod.Other;

    /// <summary>The request whose body a stream brings.</summary>
    public static OutgoingRequest Of(RequestStream stream) =>
        new(null, stream.Context, stream.OfferedAt, WasResent: false, stream);
}
