using System.Collections.Frozen;
using System.Net;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Reactor.Loops;

namespace Parallax.Runs.Capturing;

/// <summary>Where packets come from and how much may be held of them.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record SourceOptions
{
    /// <summary>The UDP socket at which VXLAN arrives; null for none.</summary>
    public IPEndPoint? Vxlan { get; init; }

    /// <summary>The UDP socket at which GENEVE arrives; null for none.</summary>
    public IPEndPoint? Geneve { get; init; }

    /// <summary>Network interfaces that are captured from.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>The pcap or pcapng files of one capture; <c>-</c> is standard input.</summary>
    public IReadOnlyList<string> PcapFiles { get; init; } = [];

    /// <summary>TCP ports of the services; empty for all.</summary>
    public IReadOnlyList<ushort> Ports { get; init; } = [];

    /// <summary>A further filter of interfaces, in the syntax of pcap-filter(7); null for none.</summary>
    public string? Filter { get; init; }

    /// <summary>Whether interfaces take packets for other machines, too.</summary>
    public bool Promiscuous { get; init; }

    /// <summary>Virtual networks that are captured.</summary>
    public VniFilter Vnis { get; init; } = new(FrozenSet<int>.Empty, FrozenSet<int>.Empty);

    /// <summary>Networks that VXLAN and GENEVE are taken from; null for all.</summary>
    public SenderFilter? Senders { get; init; }

    /// <summary>The multiple of its own pace at which a file is read; null, the default, for as fast as it goes.</summary>
    public double? Speed { get; init; }

    /// <summary>Threads that share a VXLAN or GENEVE port; 1 by default.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>Sockets that were open before; a tunnel at the address of one receives from it instead of opening its own.</summary>
    public InheritedSockets Inherited { get; init; } = InheritedSockets.None;

    /// <summary>True to share the ports of tunnels with another process of the same user, and get their packets once it ends.</summary>
    public bool TakesOver { get; init; }

    /// <summary>The kernel's buffer for packets, in bytes.</summary>
    public int BufferBytes { get; init; } = 32 << 20;

    /// <summary>Memory of messages; a quarter as much may be out of order. In bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The largest body kept, in bytes; a longer request is not mirrored.</summary>
    public required long MaxBodyBytes { get; init; }

    /// <summary>Connections followed at once, over all shards.</summary>
    public required int MaxFlows { get; init; }

    /// <summary>True when packets come from a file as fast as they are taken: then the reading may wait for the targets.</summary>
    public bool MayWait => PcapFiles.Count > 0 && Speed is null;
}
