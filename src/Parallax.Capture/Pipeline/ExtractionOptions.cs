using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>What is kept of the messages that a capture finds.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed record ExtractionOptions
{
    /// <summary>Largest body kept, in bytes on the wire; the rest is counted but not stored and the message marked truncated, so that
    /// it is not replayed. 64 MiB by default; 0 keeps heads only.</summary>
    public long MaxBodyBytes { get; init; } = 64 << 20;

    /// <summary>Most bytes held by messages in progress and by requests that wait for their response; 64 MiB by default. Above it the
    /// flows that were silent longest are forgotten.</summary>
    public long MaxHeldBytes { get; init; } = 64 << 20;

    /// <summary>False keeps of requests the head only, too: for looking at traffic without sending it on. They count as complete.</summary>
    public bool KeepRequestBodies { get; init; } = true;

    /// <summary>False keeps of responses the head only; they are read to their end and counted all the same.</summary>
    public bool KeepResponseBodies { get; init; }

    /// <summary>True computes the SHA-1 of each body's content, whether it is stored or not.</summary>
    public bool DigestContent { get; init; }

    /// <summary>How messages are read.</summary>
    public Http1Policy Policy { get; init; } = Http1Policy.Passive;
}
