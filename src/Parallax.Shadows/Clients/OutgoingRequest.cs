using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Clients;

/// <summary>A request on its way to a server. Its holder owns one reference to the message, unless it is a stream's.</summary>
/// <param name="Message">The request, or the beginning of one whose body is still coming.</param>
/// <param name="Context">What belongs to it.</param>
/// <param name="OfferedAt">When it was offered, monotonic nanoseconds.</param>
/// <param name="WasResent">True when this is its second and last attempt.</param>
/// <param name="Stream">Brings the rest of the body and owns the message; null for a complete request.</param>
internal readonly record struct OutgoingRequest(
    Message Message, RequestContext Context, long OfferedAt, bool WasResent, RequestStream? Stream = null)
{
    /// <summary>The request whose body a stream brings.</summary>
    public static OutgoingRequest Of(RequestStream stream) =>
        new(stream.Beginning, stream.Context, stream.OfferedAt, WasResent: false, stream);
}
