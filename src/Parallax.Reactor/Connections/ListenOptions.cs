using System.Net.Security;

namespace Parallax.Reactor.Connections;

/// <summary>How a listener accepts connections.</summary>
/// <remarks>Thread safety: immutable. One instance may serve any number of listeners.</remarks>
public sealed record ListenOptions
{
    /// <summary>The defaults of every property: plain TCP.</summary>
    public static ListenOptions Default { get; } = new();

    /// <summary>Connections the kernel may keep waiting to be accepted. 4,096 by default; the kernel caps it
    /// (net.core.somaxconn).</summary>
    public int Backlog { get; init; } = 4096;

    /// <summary>Whether several listeners, one a loop, may share the address while the kernel spreads connections among them
    /// (SO_REUSEPORT). False by default.</summary>
    public bool ReusePort { get; init; }

    /// <summary>The socket to accept from, opened by others; null, the default, to open one. Several listeners may accept from the same;
    /// its address and backlog are what they are, and it stays open. On Linux only.</summary>
    public InheritedSocket? Inherited { get; init; }

    /// <summary>Whether small segments leave at once on accepted connections (TCP_NODELAY). True by default.</summary>
    public bool NoDelay { get; init; } = true;

    /// <summary>How accepted peers that fall silent are asked whether they are still there; null, the default, for not at all.</summary>
    public KeepAlive? KeepAlive { get; init; }

    /// <summary>How long accepting rests after the system ran out of descriptors or memory; until then connections wait in the
    /// kernel's backlog. 100 ms by default.</summary>
    public TimeSpan AcceptRetryDelay { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Time an accepted connection has for its TLS handshake; then it closes with
    /// <see cref="CloseReason.ConnectTimedOut"/>. Ten seconds by default; means nothing without <see cref="Tls"/>.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time the last TLS records, close_notify among them, have to leave once the connection is closed; then it is reset. Thirty
    /// seconds by default; means nothing without <see cref="Tls"/>.</summary>
    public TimeSpan LastRecordsTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether octets may come before the TLS handshake, to be shown to <see cref="ConnectionHandler.OnPreface"/>; they count
    /// towards <see cref="HandshakeTimeout"/>. False by default; means nothing without <see cref="Tls"/>.</summary>
    public bool HasPreface { get; init; }

    /// <summary>Limits of an accepted connection's buffers.</summary>
    public BufferOptions Buffers { get; init; } = BufferOptions.Default;

    /// <summary>How TLS is spoken with a connection that is being accepted, given its <see cref="Connection.Tag"/> and the server name the
    /// client asks for (null when it names none, without encoding: <c>xn--…</c> is decoded); null, the default, for plain text. Asked once
    /// for each connection, on its loop's thread. When it answers null, the client gets the alert <c>unrecognized_name</c>
    /// (RFC 6066 §3) and the connection closes with <see cref="CloseReason.TlsFailed"/>. Where clients show certificates: with a policy of
    /// <see cref="PeerTrust"/>.</summary>
    public Func<object?, string?, SslServerAuthenticationOptions?>? Tls { get; init; }
}
