using System.IO.Hashing;
using Parallax.Wire.Packets;

namespace Parallax.Traffic.Policy;

/// <summary>A hash that is the same in every process and version, so that instances agree: xxHash64, with seed 0 as Envoy's.</summary>
/// <remarks>Not for keys an attacker chooses to collide. Thread safety: pure.</remarks>
public static class StableHash
{
    private const int LongestAddress = 64;

    /// <summary>The hash of octets.</summary>
    /// <param name="octets">The octets.</param>
    /// <param name="seed">Another seed gives other hashes; 0 by default.</param>
    public static ulong Of(ReadOnlySpan<byte> octets, ulong seed = 0) => XxHash64.HashToUInt64(octets, unchecked((long)seed));

    /// <summary>The hash of an address: of its text, as Envoy's.</summary>
    /// <param name="address">The address.</param>
    /// <param name="seed">Another seed gives other hashes; 0 by default.</param>
    public static ulong Of(NetworkAddress address, ulong seed = 0)
    {
        Span<byte> text = stackalloc byte[LongestAddress];
        address.TryFormat(text, out var length);
        return Of(text[..length], seed);
    }
}
