using Parallax.Proxy.Accounts;

namespace Parallax.Proxy.Bounds;

/// <summary>What a proxy may take of the machine, all loops taken together. The shares add up to what the process has, so that nothing
/// that is counted here can take the descriptor or the memory that the runtime or the log needs.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ResourceLimits
{
    /// <summary>No limits.</summary>
    public static ResourceLimits None { get; } = new();

    /// <summary>Connections of clients; unlimited by default. Beyond it the one that is idle longest is
    /// closed (see <see cref="LeastIdle"/>), or the newest refused as
    /// <see cref="ConnectionRefusal.TooMany"/>.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>How long a client's connection that carried several requests must have been idle before it is closed to make room; one
    /// second by default. A client that sends one request after the other is idle between them, and must not lose its connection to a
    /// newcomer. For one that carried one request at most it is a fiftieth of that.</summary>
    public TimeSpan LeastIdle { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Connections of one client: of an IPv4 address, or of the 64 bits that an IPv6 network has in common; unlimited by default,
    /// since a load balancer or a gateway of many users is one address. The address is that of the socket.</summary>
    public int MaxConnectionsPerClient { get; init; } = int.MaxValue;

    /// <summary>Connections of clients and to primaries together; unlimited by default. A request that finds none left waits for
    /// one.</summary>
    public int MaxSockets { get; init; } = int.MaxValue;

    /// <summary>Connections to primaries whose request is not whole yet; unlimited by default. A request that finds none left waits:
    /// clients that send a body slowly, however many, leave connections to those that ask for something.</summary>
    public int MaxUploads { get; init; } = int.MaxValue;

    /// <summary>Connections to shadows, all mirrors taken together; unlimited by default.</summary>
    public int MaxShadowConnections { get; init; } = int.MaxValue;

    /// <summary>Octets held for clients, in bytes: heads that are not whole, requests kept for another try, and whatever was received or
    /// is to be sent and waits; unlimited by default. Each loop has an equal part of it.</summary>
    public long MaxClientBytes { get; init; } = long.MaxValue;

    /// <summary>The runtime's heap, in bytes; unlimited by default. It is what pressure is measured against: the runtime itself
    /// enforces it.</summary>
    public long MaxHeapBytes { get; init; } = long.MaxValue;
}
