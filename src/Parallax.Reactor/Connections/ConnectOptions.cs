using System.Net.Security;

namespace Parallax.Reactor.Connections;

/// <summary>How an outbound connection is made.</summary>
/// <remarks>Thread safety: immutable. One instance may serve any number of connections.</remarks>
public sealed record ConnectOptions
{
    /// <summary>The defaults of every property: plain TCP.</summary>
    public static ConnectOptions Default { get; } = new();

    /// <summary>Time until the connection, TLS handshake included, must be established; then it closes with
    /// <see cref="CloseReason.ConnectTimedOut"/>. Five seconds by default;
    /// <see cref="System.Threading.Timeout.InfiniteTimeSpan"/> leaves it to the system.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether small segments leave at once (TCP_NODELAY). True by default: the loop gathers writes itself.</summary>
    public bool NoDelay { get; init; } = true;

    /// <summary>How the peer is asked whether it is still there once it falls silent; null, the default, for not at all.</summary>
    public KeepAlive? KeepAlive { get; init; }

    /// <summary>What the system keeps of octets not read yet, in bytes (SO_RCVBUF; Linux takes it twice over); it is also the most a peer
    /// can have in flight. 0, the default, leaves it to the system, which lets it grow with the pace of reading.</summary>
    public int ReceiveBufferBytes { get; init; }

    /// <summary>Limits of the connection's buffers.</summary>
    public BufferOptions Buffers { get; init; } = BufferOptions.Default;

    /// <summary>Time the last TLS records, close_notify among them, have to leave once the connection is closed; then it is reset. Thirty
    /// seconds by default; means nothing without <see cref="Tls"/>.</summary>
    public TimeSpan LastRecordsTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How TLS is spoken; null, the default, for plain text. Certificates are judged on the loop's thread: with a policy of
    /// <see cref="PeerTrust"/>, lest that thread waits for what a certificate asks it to fetch.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>The same with other <see cref="Tls"/>.</summary>
    /// <param name="tls">How TLS is spoken from now on; null to change nothing.</param>
    public ConnectOptions WithTls(SslClientAuthenticationOptions? tls) => tls is null || tls == Tls ? this : this with { Tls = tls };
}
