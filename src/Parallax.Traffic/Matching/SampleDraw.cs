using System.Text;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Traffic.Matching;

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
            StickyKey.Cookie => TryFindCookie(head, octets, out value),
            _ => false,
        };
        if (sticky.Key == StickyKey.ClientIp)
        {
            return DrawOf(Mix(Mix(0) ^ client.High) ^ client.Low);
        }

        return found ? DrawOf(HashOf(value.Of(octets))) : random.Next(Sampler.Denominator);
    }

    private static int DrawOf(ulong hash) => (int)(Mix(hash) % Sampler.Denominator);

    // FNV-1a (64 bits) for the octets, then the finaliser of MurmurHash3, whose output bits all depend on all input bits.
    private static ulong HashOf(ReadOnlySpan<byte> octets)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in octets)
        {
            hash = unchecked((hash ^ octet) * 1099511628211UL);
        }

        return hash;
    }

    private static ulong Mix(ulong value)
    {
        value = unchecked((value ^ (value >> 33)) * 0xFF51AFD7ED558CCDUL);
        value = unchecked((value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53UL);
        return value ^ (value >> 33);
    }

    private bool TryFindCookie(MessageHead head, ReadOnlySpan<byte> octets, out OctetRange value)
    {
        for (var index = 0; index < head.FieldCount; index++)
        {
            var field = head[index];
            if (Ascii.EqualsIgnoreCase(field.Name.Of(octets), "cookie"u8) && TryFindCookie(field.Value, octets, out value))
            {
                return true;
            }
        }

        value = default;
        return false;
    }

    //  cookie-string = cookie-pair *( ";" SP cookie-pair )          RFC 6265 §4.2.1
    private bool TryFindCookie(OctetRange cookies, ReadOnlySpan<byte> octets, out OctetRange value)
    {
        var at = cookies.Start;
        while (at < cookies.End)
        {
            var rest = octets[at..cookies.End];
            var blanks = rest.IndexOfAnyExcept((byte)' ', (byte)'\t');
            at += Math.Max(0, blanks);
            rest = octets[at..cookies.End];
            var length = rest.IndexOf((byte)';');
            length = length < 0 ? rest.Length : length;
            var equals = rest[..length].IndexOf((byte)'=');
            if (equals >= 0 && rest[..equals].SequenceEqual(sticky.NameOctets))
            {
                value = new OctetRange(at + equals + 1, length - equals - 1);
                return true;
            }

            at += length + 1;
        }

        value = default;
        return false;
    }
}
