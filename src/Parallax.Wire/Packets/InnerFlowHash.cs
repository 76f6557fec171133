namespace Parallax.Wire.Packets;

/// <summary>Which shard a flow belongs to: a hash of the innermost addresses and ports that both directions share.</summary>
/// <remarks>VLAN and VNI stay out of it, so that copies of one flow mirrored at both of its ends meet in one shard.
/// The value is the same on every machine and in every run. Thread safety: pure.</remarks>
public static class InnerFlowHash
{
    // The increments and multipliers of SplitMix64 (Steele, Lea, Flood 2014), whose finaliser spreads every input bit over all output bits.
    private const ulong FirstMultiplier = 0xBF58_476D_1CE4_E5B9;
    private const ulong SecondMultiplier = 0x94D0_49BB_1331_11EB;
    private const ulong Increment = 0x9E37_79B9_7F4A_7C15;

    /// <summary>The hash of <paramref name="segment"/>'s flow.</summary>
    public static uint Of(in TcpSegment segment) =>
        Of(segment.Source, segment.SourcePort, segment.Destination, segment.DestinationPort);

    /// <summary>The hash of the flow between two endpoints, in either order.</summary>
    public static uint Of(NetworkAddress source, ushort sourcePort, NetworkAddress destination, ushort destinationPort)
    {
        unchecked
        {
            // A sum, because it does not know the order of its terms; each is spread first, so that they do not cancel out.
            var both = OfEndpoint(source, sourcePort) + OfEndpoint(destination, destinationPort);
            return (uint)(Spread(both) >> 32);
        }
    }

    private static ulong OfEndpoint(NetworkAddress address, ushort port) =>
        unchecked(Spread((Spread(address.High + Increment) ^ address.Low) + (port * Increment)));

    private static ulong Spread(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * FirstMultiplier;
            value = (value ^ (value >> 27)) * SecondMultiplier;
            return value ^ (value >> 31);
        }
    }
}
