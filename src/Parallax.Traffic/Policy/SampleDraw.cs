using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Traffic.Policy;

/// <summary>Makes the one draw of a request that all mirrors' <see cref="Sampler"/>s share: a random number, or a hash of what keeps a
/// session together, so that sessions are sampled whole.</summary>
/// <param name="sticky">What is hashed. A request without it (no such header or cookie) is drawn at random.</param>
/// <param name="random">Where random draws come from; <see cref="SampleSeed.NewRandom"/> to repeat a run.</param>
/// <param name="seed">Goes into the hashes. Null, the default, for none.</param>
/// <remarks>The hash is the same in every process and version, so that instances agree when they have the same seed or none. Thread safety:
/// none; one per thread.</remarks>
public sealed class SampleDraw(StickyBy sticky, Random random, SampleSeed? seed = null)
{
    private readonly ulong _salt = seed?.Salt ?? 0;

    /// <summary>The draw for a request.</summary>
    /// <param name="head">A request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="client">The client's address.</param>
    public Draw Next(MessageHead head, ReadOnlySpan<byte> octets, NetworkAddress client)
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
            return DrawOf(StableHash.Of(client, _salt));
        }

        return found ? DrawOf(StableHash.Of(value.Of(octets), _salt)) : new(random.Next(Sampler.Denominator));
    }

    private static Draw DrawOf(ulong hash) => new((int)(hash % Sampler.Denominator), hash);
}
