using Parallax.Traffic.Exchanges;

namespace Parallax.Traffic.Shadowing;

/// <summary>A request on its way to a target. Whoever holds it owns one reference to the message.</summary>
/// <param name="Message">The captured request.</param>
/// <param name="Context">What belongs to it.</param>
/// <param name="OfferedAt">When it was offered, monotonic nanoseconds.</param>
/// <param name="WasResent">True when this is its second and last attempt.</param>
internal readonly record struct ShadowRequest(Message Message, RequestContext Context, long OfferedAt, bool WasResent);
