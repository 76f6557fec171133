using Parallax.Wire.Packets;

namespace Parallax.Benchmarks.Load;

/// <summary>One TCP segment of the load.</summary>
internal readonly ref struct Segment
{
    public uint Source { get; init; }

    public uint Destination { get; init; }

    public ushort SourcePort { get; init; }

    public ushort DestinationPort { get; init; }

    public uint Sequence { get; init; }

    public uint Acknowledgment { get; init; }

    public TcpFlags Flags { get; init; }

    public ReadOnlySpan<byte> Payload { get; init; }
}
