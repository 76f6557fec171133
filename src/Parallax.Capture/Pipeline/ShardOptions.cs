using System.Collections.Frozen;
using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Pipeline;

/// <summary>What a shard captures and how much it may hold.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ShardOptions
{
    /// <summary>Bounds of the flow table.</summary>
    public FlowLimits Flows { get; init; } = new();

    /// <summary>What is kept of messages.</summary>
    public ExtractionOptions Extraction { get; init; } = new();

    /// <summary>Bounds and ports of the packet decoder.</summary>
    public PacketDecoderOptions Decoder { get; init; } = new();

    /// <summary>Which virtual networks are captured.</summary>
    public VniFilter Vnis { get; init; } = VniFilter.All;

    /// <summary>TCP ports of the services; a segment neither from nor to one of them is passed over. Empty for all.</summary>
    public FrozenSet<ushort> Ports { get; init; } = FrozenSet<ushort>.Empty;

    /// <summary>True leaves out copies of a connection with translated addresses, as captures on all interfaces of a host have them.
    /// </summary>
    public bool LeavesOutTranslatedCopies { get; init; }

    /// <summary>True when packets are stamped with the time of now, so that the delay to the shadow can be told.</summary>
    public bool IsLive { get; init; }

    /// <summary>By which arrivals are told to the shadows, see <see cref="IsLive"/>: the clock of the loop that sends them. The system's by
    /// default.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
