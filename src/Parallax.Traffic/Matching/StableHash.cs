using Parallax.Wire.Packets;

namespace Parallax.Traffic.Matching;

/// <summary>A hash that is the same in every process and version, so that instances agree.</summary>
/// <remarks>Not for keys an attacker chooses to collide. Thread safety: pure.</remarks>
public static class StableHash
{
    /// <summary>The hash of octets: FNV-1a (64 bits), then the finaliser of MurmurHash3, whose output bits all depend on all input
    /// bits.</summary>
    public static ulong Of(ReadOnlySpan<byte> octets)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in octets)
        {
            hash = unchecked((hash ^ octet) * 1099511628211UL);
        }

        return Mix(hash);
    }

    /// <summary>The hash of an address.</summary>
    public static ulong Of(NetworkAddress address) => Mix(Mix(Mix(0) ^ address.High) ^ address.Low);

    private static ulong Mix(ulong value)
    {
        value = unchecked((value ^ (value >> 33)) * 0xFF51AFD7ED558CCDUL);
        value = unchecked((value ^ (value >> 33)) * 0xC4CEB9FE1A85EC53UL);
        return value ^ (value >> 33);
    }
}
