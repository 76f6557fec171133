using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.TestKit;

/// <summary>One segment of a scripted connection, before it is a packet.</summary>
public sealed record ScriptedSegment
{
    public required FlowEndpoints Endpoints { get; init; }

    public required bool FromClient { get; init; }

    public required uint Sequence { get; init; }

    public required uint Acknowledgment { get; init; }

    public required TcpFlags Flags { get; init; }

    public required byte[] Payload { get; init; }

    public required Timestamp Time { get; init; }

    public int Vni { get; init; } = TcpSegment.NoVni;

    public uint Vlans { get; init; }

    public int MissingOctets { get; init; }

    public TcpSegment ToSegment() => new()
    {
        Source = FromClient ? Endpoints.Client : Endpoints.Server,
        Destination = FromClient ? Endpoints.Server : Endpoints.Client,
        SourcePort = FromClient ? Endpoints.ClientPort : Endpoints.ServerPort,
        DestinationPort = FromClient ? Endpoints.ServerPort : Endpoints.ClientPort,
        SequenceNumber = Sequence,
        AcknowledgmentNumber = Acknowledgment,
        Flags = Flags,
        Payload = Payload,
        MissingOctets = MissingOctets,
        Timestamp = Time,
        Vni = Vni,
        Vlans = Vlans,
    };
}

/// <summary>The two ends of a scripted connection.</summary>
public sealed record FlowEndpoints(NetworkAddress Client, ushort ClientPort, NetworkAddress Server, ushort ServerPort)
{
    /// <summary>10.0.0.1:40000 to 10.0.0.2:80.</summary>
    public static FlowEndpoints Default { get; } = Numbered(0);

    /// <summary>The n-th of many different connections to one server.</summary>
    public static FlowEndpoints Numbered(int n) => new(
        NetworkAddress.FromIPv4(0x0A00_0001u + (uint)(n / 20_000 * 256)),
        (ushort)(40_000 + (n % 20_000)),
        NetworkAddress.FromIPv4(0x0A00_0002u),
        80);

    /// <summary>The same in IPv6.</summary>
    public static FlowEndpoints Numbered6(int n) => new(
        new(0x2001_0DB8_0000_0000, 0xFFFF_0000_0000_0001ul + (ulong)(n / 20_000)),
        (ushort)(40_000 + (n % 20_000)),
        new(0x2001_0DB8_0000_0000, 0x8000_0000_0000_0002ul),
        80);
}
