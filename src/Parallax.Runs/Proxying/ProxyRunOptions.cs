using Parallax.Proxy.Bounds;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Recording.Files;

namespace Parallax.Runs.Proxying;

/// <summary>What a proxy serves and what it may take for that.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ProxyRunOptions
{
    /// <summary>Where its routes come from.</summary>
    public required ConfigurationInForce Configuration { get; init; }

    /// <summary>Compiles a configuration with what holds for all of its mirrors.</summary>
    public required Func<ProxyConfig, RoutingTable> Compile { get; init; }

    /// <summary>The limits of the proxy, but for those that the machine sets.</summary>
    public required ProxyOptions Limits { get; init; }

    /// <summary>Connections of clients; null, the default, for what descriptors and memory allow.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Connections of one address; not bounded by default.</summary>
    public int MaxConnectionsPerClient { get; init; } = int.MaxValue;

    /// <summary>Whether documents are looked at every second; false by default.</summary>
    public bool Watches { get; init; }

    /// <summary>What is recorded; null for nothing.</summary>
    public ProxyRecordingOptions? Recording { get; init; }

    /// <summary>Gets a line for each request and copy; null for none. The run ends it.</summary>
    public AccessLog? AccessLog { get; init; }
}

/// <summary>What of a proxy's exchanges is recorded.</summary>
/// <remarks>Thread safety: immutable.</remarks>
/// <param name="Recorder">Where to, and how.</param>
/// <param name="MemoryBytes">Memory for exchanges that are being recorded, in bytes.</param>
/// <param name="MaxBodyBytes">The largest body recorded; a longer one is cut.</param>
public sealed record ProxyRecordingOptions(RecordingOptions Recorder, long MemoryBytes, long MaxBodyBytes);
