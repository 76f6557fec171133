using System.Buffers;
using Parallax.Proxy.Accounts;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Bounds;

/// <summary>What all connections and exchanges of one loop share: the loop, the options, the counters, and scratch room.</summary>
/// <remarks>Thread safety: belongs to the loop's thread; <see cref="Counters"/> may be read from any.</remarks>
internal sealed class LoopContext
{
    // The upper bits of an exchange's id are its loop's number.
    private const int IdBits = 48;

    private long _lastExchangeId;

    /// <param name="owner">The loop, as the bounds that all loops share see it.</param>
    /// <param name="loop">The loop itself.</param>
    /// <param name="number">Its number among the proxy's loops.</param>
    /// <param name="options">The options.</param>
    /// <param name="gate">The connections of all loops.</param>
    public LoopContext(ISharingLoop owner, IEventLoop loop, int number, ProxyOptions options, ConnectionGate gate)
    {
        Owner = owner;
        Loop = loop;
        Number = number;
        Options = options;
        Gate = gate;
        Random = options.NewRandom(number);
        _lastExchangeId = (long)number << IdBits;
    }

    /// <summary>The loop, as the bounds that all loops share see it.</summary>
    public ISharingLoop Owner { get; }

    public IEventLoop Loop { get; }

    /// <summary>Its number among the proxy's loops.</summary>
    public int Number { get; }

    public ProxyOptions Options { get; }

    public ProxyCounters Counters { get; } = new();

    /// <summary>The connections of all loops.</summary>
    public ConnectionGate Gate { get; }

    public Random Random { get; }

    /// <summary>Room for the matches of mirrors.</summary>
    public MatchScratch MatchScratch { get; } = new();

    public Latin1Scratch Scratch => MatchScratch.Text;

    /// <summary>Room for the one head being written.</summary>
    public ArrayBufferWriter<byte> Head { get; } = new(4096);

    /// <summary>False while clients' connections are closed after the request at hand: the proxy stops, or is short of memory.</summary>
    public bool KeepsClients { get; set; } = true;

    /// <summary>The id of a new exchange or connection.</summary>
    public long NextId() => ++_lastExchangeId;
}
