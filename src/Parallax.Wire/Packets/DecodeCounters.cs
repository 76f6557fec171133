namespace Parallax.Wire.Packets;

/// <summary>What became of the packets of one <see cref="PacketDecoder"/>: every packet is counted under exactly one status.</summary>
/// <remarks>Thread safety: written by the decoder's thread alone; any thread may read, and sees values that may be slightly old.</remarks>
public sealed class DecodeCounters
{
    private readonly long[] _packets = new long[(int)DecodeStatus.TooDeep + 1];

    internal DecodeCounters()
    {
    }

    /// <summary>Packets that ended with <paramref name="status"/>.</summary>
    /// <exception cref="IndexOutOfRangeException"><paramref name="status"/> is not a defined value.</exception>
    public long this[DecodeStatus status] => _packets[(int)status];

    /// <summary>All packets: the sum over every status.</summary>
    public long Packets
    {
        get
        {
            var sum = 0L;
            foreach (var count in _packets)
            {
                sum += count;
            }

            return sum;
        }
    }

    /// <summary>Datagrams put together from fragments.</summary>
    public long DatagramsReassembled { get; internal set; }

    /// <summary>Incomplete datagrams that made room for newer ones.</summary>
    public long DatagramsEvicted { get; internal set; }

    /// <summary>Incomplete datagrams whose time was up.</summary>
    public long DatagramsTimedOut { get; internal set; }

    /// <summary>Fragments that repeated octets with other values than the first copy, which won.</summary>
    public long FragmentOverlapConflicts { get; internal set; }

    internal void Add(DecodeStatus status) => _packets[(int)status]++;
}
