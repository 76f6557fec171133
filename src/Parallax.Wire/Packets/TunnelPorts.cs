namespace Parallax.Wire.Packets;

/// <summary>Which UDP ports mean which tunnel.</summary>
/// <remarks>Thread safety: immutable. A handful of ports: one vectorised search of an array beats a table of 64 Ki entries, which would
/// miss the cache.</remarks>
internal sealed class TunnelPorts
{
    private const ushort VxlanGpePort = 4790;
    private const ushort GrePort = 4754; // RFC 8086
    private const ushort MplsPort = 6635; // RFC 7510
    private const ushort TzspPort = 37008;
    private const ushort GtpUserPort = 2152;
    private const ushort TeredoPort = 3544;
    private const ushort AyiyaPort = 5072;

    /// <summary>Sorted so that the tunnels whose answers come from the port, too, stand last.</summary>
    private readonly ushort[] _ports;
    private readonly Layer[] _layers;
    private readonly int _firstTwoWay;

    public TunnelPorts(PacketDecoderOptions options)
    {
        var oneWay = options.VxlanPorts.Select(port => (Port: port, Layer: Layer.Vxlan))
            .Concat(options.GenevePorts.Select(port => (Port: port, Layer: Layer.Geneve)))
            .Append((Port: VxlanGpePort, Layer: Layer.VxlanGpe))
            .Append((Port: GrePort, Layer: Layer.Gre))
            .Append((Port: MplsPort, Layer: Layer.Mpls))
            .Append((Port: TzspPort, Layer: Layer.Tzsp))
            .ToList();
        (ushort Port, Layer Layer)[] twoWay =
            [(GtpUserPort, Layer.GtpUser), (TeredoPort, Layer.Teredo), (AyiyaPort, Layer.Ayiya)];
        _firstTwoWay = oneWay.Count;
        _ports = [.. oneWay.Concat(twoWay).Select(entry => entry.Port)];
        _layers = [.. oneWay.Concat(twoWay).Select(entry => entry.Layer)];
    }

    /// <summary>The tunnel that a datagram with these ports belongs to; the destination counts first.</summary>
    public bool TryFind(UdpHeader header, out Layer tunnel)
    {
        var index = _ports.AsSpan().IndexOf(header.DestinationPort);
        if (index < 0)
        {
            index = _ports.AsSpan(_firstTwoWay).IndexOf(header.SourcePort);
            index = index < 0 ? index : index + _firstTwoWay;
        }

        tunnel = index < 0 ? default : _layers[index];
        return index >= 0;
    }
}
