using Parallax.Wire.Packets;

namespace Parallax.Wire.Flows;

/// <summary>What both directions of a TCP connection have in common: the two endpoints in canonical order and the VLANs they were
/// seen in. The VNI is not part of it, because a connection mirrored at both ends arrives under two of them; a <see cref="Flow"/>
/// remembers the VNIs it was seen under, and <see cref="FlowTable"/> tells two tenants with the same addresses apart.</summary>
/// <param name="First">The endpoint that sorts first.</param>
/// <param name="FirstPort">Its port.</param>
/// <param name="Second">The other endpoint.</param>
/// <param name="SecondPort">Its port.</param>
/// <param name="Vlans">As in <see cref="TcpSegment.Vlans"/>.</param>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct FlowKey(NetworkAddress First, ushort FirstPort, NetworkAddress Second, ushort SecondPort, uint Vlans)
{
    /// <summary>The key of the flow that <paramref name="segment"/> belongs to, and which way the segment goes in it.</summary>
    public static FlowKey Of(in TcpSegment segment, out Direction direction)
    {
        var order = segment.Source.CompareTo(segment.Destination);
        if (order < 0 || (order == 0 && segment.SourcePort <= segment.DestinationPort))
        {
            direction = Direction.Forward;
            return new(segment.Source, segment.SourcePort, segment.Destination, segment.DestinationPort, segment.Vlans);
        }

        direction = Direction.Backward;
        return new(segment.Destination, segment.DestinationPort, segment.Source, segment.SourcePort, segment.Vlans);
    }

    /// <summary>The five-tuple of what goes in <paramref name="direction"/>.</summary>
    public FiveTuple Tuple(Direction direction) => direction == Direction.Forward
        ? new(First, FirstPort, Second, SecondPort)
        : new(Second, SecondPort, First, FirstPort);

    /// <summary>A hash that both directions share, well spread in all bits.</summary>
    /// <param name="key">Secret and different in every run, so that nobody can send packets whose keys all fall together.</param>
    public uint Hash(HashKey key)
    {
        var ports = ((ulong)FirstPort << 48) | ((ulong)SecondPort << 32) | Vlans;
        var hash = key.Mix(First.Low, First.High);
        hash = key.Mix(Second.Low ^ hash, Second.High);
        return unchecked((uint)key.Hash(ports ^ hash, hash >> 32));
    }

    /// <summary>Keyed, see <see cref="Hash"/>.</summary>
    public override int GetHashCode() => unchecked((int)Hash(HashKey.OfThisProcess));
}
