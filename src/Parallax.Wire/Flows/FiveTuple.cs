using Parallax.Wire.Packets;

namespace Parallax.Wire.Flows;

/// <summary>Who talks to whom, with direction: source and destination of TCP octets (the fifth of the five is always TCP).</summary>
/// <param name="Source">Sender.</param>
/// <param name="SourcePort">Sender's port.</param>
/// <param name="Destination">Receiver.</param>
/// <param name="DestinationPort">Receiver's port.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct FiveTuple(NetworkAddress Source, ushort SourcePort, NetworkAddress Destination, ushort DestinationPort)
{
    /// <summary>The same two endpoints, the other way round.</summary>
    public FiveTuple Reversed => new(Destination, DestinationPort, Source, SourcePort);

    /// <inheritdoc/>
    public override string ToString() => $"{Source}:{SourcePort} > {Destination}:{DestinationPort}";
}
