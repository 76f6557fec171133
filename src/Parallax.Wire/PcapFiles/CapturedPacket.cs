using Parallax.Wire.Packets;

namespace Parallax.Wire.PcapFiles;

/// <summary>One packet of a capture file.</summary>
/// <remarks>Ownership: <see cref="Octets"/> is a view over the octets given to the reader and valid as long as they are.
/// Thread safety: a stack-only value.</remarks>
public readonly ref struct CapturedPacket
{
    /// <summary>The octets the capture kept, from the link layer on.</summary>
    public ReadOnlySpan<byte> Octets { get; init; }

    /// <summary>Octets the packet had on the wire; at least as many as <see cref="Octets"/> unless the file is odd.</summary>
    public int OriginalLength { get; init; }

    /// <summary>What the octets start with; any value a file may hold.</summary>
    public LinkType Link { get; init; }

    /// <summary>When it was captured; not known in a simple packet block.</summary>
    public Timestamp Time { get; init; }

    /// <summary>Which interface of the file's current section captured it, from 0; always 0 in a pcap file.</summary>
    public int InterfaceIndex { get; init; }
}
