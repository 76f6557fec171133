using System.Buffers;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Pipeline;

/// <summary>A segment on its way from the shard that received it to the shard that owns its flow.</summary>
/// <remarks>Ownership: holds a rented copy of the payload until <see cref="Release"/>. Thread safety: handed from one thread to
/// another, never shared.</remarks>
internal readonly struct HandedSegment
{
    private readonly NetworkAddress _source;
    private readonly NetworkAddress _destination;
    private readonly ushort _sourcePort;
    private readonly ushort _destinationPort;
    private readonly uint _vlans;
    private readonly int _vni;
    private readonly uint _sequence;
    private readonly uint _acknowledgment;
    private readonly TcpFlags _flags;
    private readonly byte[] _payload;
    private readonly int _payloadLength;
    private readonly int _missing;
    private readonly Timestamp _time;

    public HandedSegment(in TcpSegment segment)
    {
        _source = segment.Source;
        _destination = segment.Destination;
        _sourcePort = segment.SourcePort;
        _destinationPort = segment.DestinationPort;
        _vlans = segment.Vlans;
        _vni = segment.Vni;
        _sequence = segment.SequenceNumber;
        _acknowledgment = segment.AcknowledgmentNumber;
        _flags = segment.Flags;
        _payloadLength = segment.Payload.Length;
        _payload = ArrayPool<byte>.Shared.Rent(_payloadLength);
        segment.Payload.CopyTo(_payload);
        _missing = segment.MissingOctets;
        _time = segment.Timestamp;
    }

    /// <summary>What it counts against the bytes of a queue.</summary>
    public int Bytes => _payload.Length + 128;

    /// <summary>The segment, as a view over the copy.</summary>
    public TcpSegment ToSegment() => new()
    {
        Source = _source,
        Destination = _destination,
        SourcePort = _sourcePort,
        DestinationPort = _destinationPort,
        Vlans = _vlans,
        Vni = _vni,
        SequenceNumber = _sequence,
        AcknowledgmentNumber = _acknowledgment,
        Flags = _flags,
        Payload = _payload.AsSpan(0, _payloadLength),
        MissingOctets = _missing,
        Timestamp = _time,
    };

    /// <summary>Gives the copy back.</summary>
    public void Release() => ArrayPool<byte>.Shared.Return(_payload);
}
