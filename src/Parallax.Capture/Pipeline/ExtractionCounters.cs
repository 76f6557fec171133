using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>What the extraction of one shard has met. Requests: seen = complete + truncated + incomplete + in flight.</summary>
/// <remarks>Thread safety: written by the shard's thread; may be read by any.</remarks>
public sealed class ExtractionCounters
{
    /// <summary>Request heads read.</summary>
    public long RequestsSeen { get; internal set; }

    /// <summary>Requests seen and stored to their end.</summary>
    public long RequestsComplete { get; internal set; }

    /// <summary>Requests whose body went beyond the limit.</summary>
    public long RequestsTruncated { get; internal set; }

    /// <summary>Requests of which octets were never seen.</summary>
    public long RequestsIncomplete { get; internal set; }

    /// <summary>Final response heads read.</summary>
    public long Responses { get; internal set; }

    /// <summary>Responses whose request was not seen.</summary>
    public long OrphanResponses { get; internal set; }

    /// <summary>Exchanges handed on.</summary>
    public long Exchanges { get; internal set; }

    /// <summary>Exchanges without a response.</summary>
    public long Unanswered { get; internal set; }

    /// <summary>Places where a half stopped being, or never was, HTTP/1.</summary>
    public long Malformed { get; internal set; }

    /// <summary>Connections that began with a PROXY header.</summary>
    public long ProxiedConnections { get; internal set; }

    /// <summary>Connections that are not HTTP/1, or no longer, by what they look like, indexed by <see cref="OtherProtocol"/>.</summary>
    public long[] OtherProtocols { get; } = new long[Enum.GetValues<OtherProtocol>().Length];

    /// <summary>Octets passed over because no message began there.</summary>
    public long SkippedOctets { get; internal set; }

    /// <summary>Complete requests that were found inside a tunnel: they are not for this service and never mirrored.</summary>
    public long RequestsInTunnels { get; internal set; }

    /// <summary>Bytes held now by messages in progress and by requests that wait for their response.</summary>
    public long HeldBytes { get; internal set; }

    /// <summary>Octets of tunnels: after CONNECT and after an upgrade.</summary>
    public long TunnelOctets { get; internal set; }
}
