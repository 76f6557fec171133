using System.IO.Hashing;
using Parallax.Wire.Packets;

namespace Parallax.Traffic.Policy;

/// <summary>A hash that is the same in every process and version, so that instances agree: xxHash64 with seed 0, as Envoy's.</summary>
/// <remarks>Not for keys an attacker chooses to collide. Thread safety: pure.</remarks>
public static class StableHash
{
    private const int LongestAddress = 64;

    /// <summary>The hash of octets.</summary>
    public static ulong Of(ReadOnlySpan<byte> octets) => XxHash64.HashToUInt64(octets);

    /// <summary>The hash of an address: of its text, as Envoy's.</summary>
    public static ulong Of(NetworkAddress address)
    {
        Span<byte> text = stackalloc byte[LongestAddress];
        address.TryFormat(text, out var length);
        return Of(text[..length]);
    }
}
