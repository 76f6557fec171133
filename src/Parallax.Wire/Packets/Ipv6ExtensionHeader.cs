namespace Parallax.Wire.Packets;

/// <summary>An extension header that is only skipped: hop-by-hop, routing, destination options (RFC 8200 §4), mobility (RFC 6275), host
/// identity (RFC 7401), shim6 (RFC 5533), authentication (RFC 4302; after IPv4, too).</summary>
/// <param name="NextHeader">What follows, see <see cref="IpProtocol"/>.</param>
internal readonly record struct Ipv6ExtensionHeader(byte NextHeader)
{
    //  |  next header (8)  |  length (8)  |  …  |
    private const int MinLength = 8;

    /// <summary>True for the protocol numbers that this type decodes.</summary>
    public static bool IsKnown(byte protocol) => protocol is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.DestinationOptions
        or IpProtocol.Authentication or IpProtocol.Mobility or IpProtocol.HostIdentity or IpProtocol.Shim6;

    /// <summary>Splits <paramref name="octets"/> into the header of kind <paramref name="protocol"/> and what follows it.</summary>
    public static DecodeStatus TryDecode(
        ReadOnlySpan<byte> octets, byte protocol, out Ipv6ExtensionHeader header, out ReadOnlySpan<byte> rest)
    {
        header = default;
        rest = default;
        if (octets.Length < MinLength)
        {
            return DecodeStatus.Truncated;
        }

        // RFC 4302 §2.2 counts words of four octets less two, all others words of eight less one.
        var length = protocol == IpProtocol.Authentication ? (octets[1] + 2) * 4 : (octets[1] + 1) * 8;
        if (octets.Length < length)
        {
            return DecodeStatus.Truncated;
        }

        header = new Ipv6ExtensionHeader(octets[0]);
        rest = octets[length..];
        return DecodeStatus.Ok;
    }
}
