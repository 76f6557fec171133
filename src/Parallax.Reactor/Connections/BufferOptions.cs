namespace Parallax.Reactor.Connections;

/// <summary>How many octets a connection may hold on to in either direction.</summary>
/// <remarks>Thread safety: immutable. One instance may serve any number of connections.</remarks>
public sealed record BufferOptions
{
    /// <summary>The defaults of every property.</summary>
    public static BufferOptions Default { get; } = new();

    /// <summary>Octets a handler may leave unconsumed while it waits for more, in bytes; at this size the connection closes
    /// with <see cref="CloseReason.ReadBufferFull"/>. 64 KiB by default; at least 1. While reading is paused the limit does not
    /// apply: what had been received by then is kept, and nothing more is received.</summary>
    public int MaxReadBufferBytes { get; init; } = 64 * 1024;

    /// <summary>Above this many pending bytes a connection is congested (<see cref="Connection.IsCongested"/>).
    /// 256 KiB by default; 0 or more. It is a signal, not a limit: writing goes on being accepted.</summary>
    public int HighWatermarkBytes { get; init; } = 256 * 1024;

    /// <summary>At or below this many pending bytes a congested connection is writable again
    /// (<see cref="ConnectionHandler.OnWritable"/>). 64 KiB by default; at most <see cref="HighWatermarkBytes"/>.</summary>
    public int LowWatermarkBytes { get; init; } = 64 * 1024;
}
