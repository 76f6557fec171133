namespace Parallax.Reactor.Connections;

/// <summary>What one loop has done since it was made.</summary>
/// <remarks>Thread safety: written by the loop's thread alone, without locks; read from any thread, each value for itself.</remarks>
public sealed class LoopCounters
{
    internal long TurnCount;
    internal long WakeUpCount;
    internal long ReceiveCount;
    internal long SendCount;
    internal long AcceptedCount;
    internal long AcceptFailureCount;
    internal long ConnectedCount;
    internal long ReceivedOctets;
    internal long SentOctets;
    internal long OpenCount;
    internal long FaultCount;

    internal LoopCounters()
    {
    }

    /// <summary>How late its turns began.</summary>
    public LoopLag Lag { get; } = new();

    /// <summary>Turns made: returns from waiting.</summary>
    public long Turns => Volatile.Read(ref TurnCount);

    /// <summary>Times <see cref="IEventLoop.Post"/> had to wake the sleeping loop.</summary>
    public long WakeUps => Volatile.Read(ref WakeUpCount);

    /// <summary>Calls that received.</summary>
    public long Receives => Volatile.Read(ref ReceiveCount);

    /// <summary>Calls that sent.</summary>
    public long Sends => Volatile.Read(ref SendCount);

    /// <summary>Connections accepted.</summary>
    public long Accepted => Volatile.Read(ref AcceptedCount);

    /// <summary>Times accepting had to rest because the system ran out of descriptors or memory.</summary>
    public long AcceptFailures => Volatile.Read(ref AcceptFailureCount);

    /// <summary>Outbound connections established.</summary>
    public long Connected => Volatile.Read(ref ConnectedCount);

    /// <summary>Octets received.</summary>
    public long OctetsReceived => Volatile.Read(ref ReceivedOctets);

    /// <summary>Octets the kernel has taken for sending.</summary>
    public long OctetsSent => Volatile.Read(ref SentOctets);

    /// <summary>Connections not closed, those still connecting included.</summary>
    public long OpenConnections => Volatile.Read(ref OpenCount);

    /// <summary>Exceptions thrown by handlers, callbacks and owners of written octets.</summary>
    public long Faults => Volatile.Read(ref FaultCount);
}
