using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Traffic.Policy;

/// <summary>Makes the one draw of a request that all mirrors' <see cref="Sampler"/>s share: a random number, or a hash of what keeps a
/// session together, so that sessions are sampled whole.</summary>
/// <param name="sticky">What is hashed. A request without it (no such header or cookie) is drawn at random.</param>
/// <param name="random">Where random draws come from; seed it to repeat a run.</param>
/// <remarks>The hash is the same in every process and version, so that instances agree. Thread safety: none; one per thread.</remarks>
public sealed class SampleDraw(StickyBy sticky, Random random)
{
    /// <summary>The draw for a request: 0 to 999,999.</summary>
    /// <param name="head">A request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="client">The client's address.</param>
    public int Next(MessageHead head, ReadOnlySpan<byte> octets, NetworkAddress client)
    {
        ArgumentNullException.ThrowIfNull(head);
        var value = default(OctetRange);
        var found = sticky.Key switch
        {
            StickyKey.Header => head.TryFind(octets, sticky.NameOctets, out value),
            StickyKey.Cookie => Cookies.TryFind(head, octets, sticky.NameOctets, out value),
            _ => false,
        };
        if (sticky.Key == StickyKey.ClientIp)
        {
            return DrawOf(StableHash.Of(client));
        }

        return found ? DrawOf(StableHash.Of(value.Of(octets))) : random.Next(Sampler.Denominator);
    }

    private static int DrawOf(ulong hash) => (int)(hash % Sampler.Denominator);
}
