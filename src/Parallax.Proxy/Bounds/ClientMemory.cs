using Parallax.Reactor.Connections;

namespace Parallax.Proxy.Bounds;

/// <summary>The octets held for one loop's clients, against the most they may be.</summary>
/// <remarks>Thread safety: belongs to the loop's thread; <see cref="Bytes"/> may be read from any, and may be a little old there.</remarks>
internal sealed class ClientMemory
{
    /// <summary>What OpenSSL and SslStream hold for a connection, in bytes. Measured with 1,000 that are idle: 41 KiB of resident memory
    /// each, where one without TLS takes 3 KiB.</summary>
    public const int TlsBytes = 40 * 1024;

    private readonly IEventLoop _loop;
    private readonly long _maxBytes;
    private long _heldBytes;

    /// <param name="loop">Whose buffers count, too: they get half of it.</param>
    /// <param name="maxBytes">The most there may be, in bytes.</param>
    public ClientMemory(IEventLoop loop, long maxBytes)
    {
        (_loop, _maxBytes) = (loop, maxBytes);
        loop.MaxBufferBytes = maxBytes / 2;
    }

    /// <summary>What is held, in bytes.</summary>
    public long Bytes => Volatile.Read(ref _heldBytes) + _loop.BufferBytes;

    /// <summary>True when that is more than it may be.</summary>
    public bool IsShort => Bytes > _maxBytes;

    /// <summary>True when there is room for another connection with TLS, and some more: connections alone do not bring the steps of
    /// overload about.</summary>
    public bool HasRoomForTls => Bytes + TlsBytes <= _maxBytes / 16 * 15;

    /// <summary>More is held, or less.</summary>
    public void Count(int bytes) => Volatile.Write(ref _heldBytes, _heldBytes + bytes);
}
