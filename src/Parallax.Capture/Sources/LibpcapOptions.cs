namespace Parallax.Capture.Sources;

/// <summary>How a <see cref="LibpcapSource"/> captures.</summary>
public sealed record LibpcapOptions
{
    /// <summary>Interface name as the system lists it; "any" for all.</summary>
    public required string Interface { get; init; }

    /// <summary>TCP ports of the services to watch; empty for every port.</summary>
    public IReadOnlyList<ushort> Ports { get; init; } = [];

    /// <summary>A filter in the language of pcap-filter(7), besides the ports; null for none.</summary>
    public string? Filter { get; init; }

    /// <summary>Ring buffer in bytes. 32 MiB by default.</summary>
    public int BufferBytes { get; init; } = 32 << 20;

    /// <summary>Octets kept of each packet; 256 KiB by default, more than any segment put together by the card.</summary>
    public int SnapLengthBytes { get; init; } = 256 << 10;

    /// <summary>True to see packets for other machines too.</summary>
    public bool Promiscuous { get; init; }

    /// <summary>Longest wait for a batch to fill while packets arrive quickly; see <see cref="TunnelReceiverOptions.BatchWait"/>.</summary>
    public TimeSpan BatchWait { get; init; } = TimeSpan.FromMicroseconds(150);
}
