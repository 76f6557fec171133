namespace Parallax.Wire.Packets;

/// <summary>What a <see cref="PacketDecoder"/> recognises and how much it remembers.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record PacketDecoderOptions
{
    /// <summary>UDP destination ports that carry VXLAN. 4789 (RFC 7348) and 8472 (Linux before that) by default; empty: none.</summary>
    public IReadOnlyList<ushort> VxlanPorts { get; init; } = [4789, 8472];

    /// <summary>UDP destination ports that carry GENEVE. 6081 (RFC 8926) by default; empty: none.</summary>
    public IReadOnlyList<ushort> GenevePorts { get; init; } = [6081];

    /// <summary>Datagrams that may wait for fragments at a time; the oldest makes room. 1,024 by default; 1 to 1,048,576.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less or more.</exception>
    public int MaxFragmentedDatagrams { get; init => field = Between(1, value, 1 << 20); } = 1024;

    /// <summary>Memory for the octets of those datagrams, in bytes; the oldest makes room. 8 MiB by default; 128 KiB, so that the largest
    /// datagram always fits, to 1 GiB.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less or more.</exception>
    public int MaxFragmentBytes { get; init => field = Between(128 << 10, value, 1 << 30); } = 8 << 20;

    /// <summary>How long, by the time stamps of the packets, a datagram may wait for its fragments. 5 seconds by default: less than RFC 791
    /// §3.2 has it, because a mirror sees fragments within milliseconds, while at 10,000 datagrams a second the identification comes
    /// round every 6.5 seconds and would mix what is left of one datagram into another (RFC 4963).</summary>
    public TimeSpan FragmentTimeout { get; init; } = TimeSpan.FromSeconds(5);

    private static int Between(int min, int value, int max)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, min);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, max);
        return value;
    }
}
