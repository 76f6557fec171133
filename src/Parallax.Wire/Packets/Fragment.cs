namespace Parallax.Wire.Packets;

/// <summary>Which datagram a fragment belongs to: RFC 791 §3.2 and RFC 8200 §4.5, and the network it was seen in, because tenants
/// reuse addresses.</summary>
internal readonly record struct FragmentKey(
    NetworkAddress Source, NetworkAddress Destination, uint Identification, byte Protocol, uint Vlans, int Vni)
{
    public override int GetHashCode()
    {
        var key = HashKey.OfThisProcess;
        var hash = key.Mix(Source.High, Source.Low);
        hash = key.Mix(hash ^ Destination.High, Destination.Low);
        return key.Hash(hash ^ (((ulong)Identification << 32) | Protocol), unchecked(((ulong)Vlans << 32) | (uint)Vni));
    }
}

/// <summary>A part of a datagram, or all of it, and what its octets start with.</summary>
/// <param name="octets">A view over someone else's buffer.</param>
/// <param name="offset">Where they belong, in octets; a multiple of eight.</param>
/// <param name="more">False when they are the datagram's last ones.</param>
/// <param name="protocol">What the datagram starts with; meant in the fragment at offset 0 only.</param>
internal readonly ref struct Fragment(ReadOnlySpan<byte> octets, int offset, bool more, byte protocol)
{
    public ReadOnlySpan<byte> Octets { get; } = octets;

    public int Offset { get; } = offset;

    public bool More { get; } = more;

    public byte Protocol { get; } = protocol;

    public int End => Offset + Octets.Length;
}
