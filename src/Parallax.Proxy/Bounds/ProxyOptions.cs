using Parallax.Proxy.Accounts;
using Parallax.Proxy.Routing;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Bounds;

/// <summary>The limits of a proxy, and how it mirrors.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ProxyOptions
{
    /// <summary>The defaults of every property.</summary>
    public static ProxyOptions Default { get; } = new();

    /// <summary>Event loops, each with its thread; as many as the machine has processors by default; at least 1.</summary>
    public int Loops { get; init; } = Environment.ProcessorCount;

    /// <summary>Sockets that were open before; a listener at the address of one accepts from it instead of opening its own.</summary>
    public InheritedSockets Inherited { get; init; } = InheritedSockets.None;

    /// <summary>True to listen beside another process of the same user, which shares its addresses (SO_REUSEPORT): both are dealt
    /// connections until one of them ends. False, the default, to refuse an address at which somebody listens.</summary>
    public bool TakesOver { get; init; }

    /// <summary>Largest head of a request or response, in bytes; 32 KiB by default. A larger request is answered 431.</summary>
    public int MaxHeadBytes { get; init; } = 32 * 1024;

    /// <summary>Most header lines; 128 by default. More in a request are answered 431.</summary>
    public int MaxFields { get; init; } = 128;

    /// <summary>Largest body of a request, in bytes; unlimited by default. A larger one is answered 413.</summary>
    public long MaxBodyBytes { get; init; } = long.MaxValue;

    /// <summary>How long a client's connection is kept without a request; 75 s by default.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>How clients and primaries that fall silent, on a quiet event stream or a long poll, are asked by TCP whether they are still
    /// there: after a minute by default, and given up a minute later. Null for not at all.</summary>
    public KeepAlive? KeepAlive { get; init; } = new();

    /// <summary>How long an idle connection is still served once no more requests are wanted, since one may be on its way; it is answered
    /// with <c>Connection: close</c>. Half a second by default.</summary>
    public TimeSpan LastCallTime { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a head may take from its first octet; 30 s by default. A slower one is answered 408.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a handshake, a head or a slow body may take when all connections are taken and none is idle; 5 s by default. Then
    /// it makes room for a newcomer. As Envoy's overload action that reduces timeouts.</summary>
    public TimeSpan UnfinishedTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause within a request's body; 60 s by default. A longer one is answered 408.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a request may take from its head to its last octet, however steadily it comes; one hour by default. A longer one
    /// is answered 408.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a client may take nothing of a response that waits for it; 60 s by default. Then it is cut off.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a tunnel (WebSocket, CONNECT) may be silent; one hour by default.</summary>
    public TimeSpan TunnelIdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How much of a request is kept so that it can be sent again, head included, in bytes; 64 KiB by default.</summary>
    public int MaxRetryBytes { get; init; } = 64 * 1024;

    /// <summary>True when every client is a proxy that is believed in <c>x-forwarded-proto</c>, <c>x-envoy-internal</c> and the address a
    /// PROXY protocol header names; false, the default, to replace the first, remove the second and pass over the third.</summary>
    public bool TrustsClients { get; init; }

    /// <summary>What becomes of a header of the PROXY protocol; read but not believed by default.</summary>
    public ProxyProtocolMode ProxyProtocol { get; init; } = ProxyProtocolMode.Auto;

    /// <summary>True to take the end of a client's direction for the end of its requests only, as RFC 9112 §9.6 has it: what it sent is
    /// answered. False, the default, to take a client that ends its direction for gone, as nginx and Envoy do: nothing is answered, and the
    /// primary learns of it. Tunnels pass such an end on either way.</summary>
    public bool AllowsHalfClose { get; init; }

    /// <summary>True, the default, to pass octets from 0x80 on in paths and queries as they are, as nginx does; false to answer such a
    /// request 400, as RFC 3986 would have it. Where two readings are possible it is refused always.</summary>
    public bool PassesRawTargets { get; init; } = true;

    /// <summary>How paths are normalised before routes look at them; not at all by default.</summary>
    public PathNormalization Paths { get; init; }

    /// <summary>The protocols to which clients may change a connection; WebSocket by default.</summary>
    public AllowedUpgrades Upgrades { get; init; } = AllowedUpgrades.Default;

    /// <summary>Knows shadows, which are not copied again; by default those of this process alone. Routes are compiled with the
    /// same.</summary>
    public ShadowMark Mark { get; init; } = ShadowMark.OfThisProcess;

    /// <summary>What keeps a session together when copies are sampled; nothing by default.</summary>
    public StickyBy Sticky { get; init; } = StickyBy.Nothing;

    /// <summary>What copies are sampled by; null, the default, for draws of <see cref="NewRandom"/> and hashes without salt.</summary>
    public SampleSeed? Seed { get; init; }

    /// <summary>The limits of each mirror endpoint's connections and waiting line, a loop's share. Of an answer's body 1 MiB is read, and
    /// of long answers 16 MiB in a second: the loop that reads them serves clients, too.</summary>
    public ShadowOptions Shadows { get; init; } = ShadowOptions.Default with
    {
        MaxResponseBytes = 1 << 20,
        LongAnswerBytesPerSecond = 16 << 20,
    };

    /// <summary>Memory that copies may hold, all loops taken together, in bytes; 256 MiB by default. A copy that finds none left is dropped
    /// as <see cref="Parallax.Traffic.Queues.DropReason.QueueBytes"/>.</summary>
    public long MaxCopyBytes { get; init; } = 256L << 20;

    /// <summary>What it may take of the machine; no limits by default.</summary>
    public ResourceLimits Resources { get; init; } = ResourceLimits.None;

    /// <summary>Gets a line whenever another step of overload begins, on any thread; null, the default, for nobody. Lines may come several
    /// times a second.</summary>
    public Action<string>? Notice { get; init; }

    /// <summary>Receives every request that is over; null, the default, for nobody.</summary>
    public AccessObserver? Observer { get; init; }

    /// <summary>Receives every copy that is over; null, the default, for nobody.</summary>
    public CopyObserver? CopyObserver { get; init; }

    /// <summary>Where exchanges are recorded; null, the default, for nowhere.</summary>
    public ProxyRecording? Recording { get; init; }

    /// <summary>The time of day, for headers that say when a request came.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Where a loop's draws come from, given its number; seed it to repeat a run.</summary>
    public Func<int, Random> NewRandom { get; init; } = static _ => new Random();

    /// <summary>True to use the managed loops on Linux, too: for tests that hold both against each other.</summary>
    internal bool IsManaged { get; init; }

    internal Http1Policy RequestPolicy => Http1Policy.Active with
    {
        MaxHeadBytes = MaxHeadBytes,
        MaxFields = MaxFields,
        MaxBodyBytes = MaxBodyBytes,
        RawTargets = PassesRawTargets,
        RefusesTrailer = TrailerNames.BelongsToHead,
    };

    // The primary answered its clients before we stood in between: what they could read must pass.
    internal Http1Policy ResponsePolicy => Http1Policy.Relayed with { MaxHeadBytes = MaxHeadBytes, MaxFields = MaxFields };

    // The reader of a head keeps what it has of it, so what is left in a connection's buffer is pipelined requests.
    internal static BufferOptions Buffers { get; } = BufferOptions.Default;
}
