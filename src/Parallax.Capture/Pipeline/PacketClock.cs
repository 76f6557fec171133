using Parallax.Reactor.Connections;
using Parallax.Wire;

namespace Parallax.Capture.Pipeline;

/// <summary>Converts the time stamps of live packets to the clock of the loop that sends shadows.</summary>
/// <param name="clock">That loop's clock.</param>
/// <remarks>Thread safety: none; one per shard, which sets it with each batch.</remarks>
public sealed class PacketClock(TimeProvider clock)
{
    private long? _offset; // from packet time to the clock's

    /// <summary>Sets the clock.</summary>
    /// <param name="now">Packet time of this moment.</param>
    public void Set(Timestamp now) => _offset = unchecked(clock.GetNanoseconds() - now.Nanoseconds);

    /// <summary>When what is stamped with <paramref name="time"/> arrived, in nanoseconds of the loop's clock; 0, for not known, before the
    /// clock was first set.</summary>
    public long ArrivedAt(Timestamp time) => _offset is { } offset ? unchecked(time.Nanoseconds + offset) : 0;
}
