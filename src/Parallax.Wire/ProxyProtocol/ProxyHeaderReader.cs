namespace Parallax.Wire.ProxyProtocol;

/// <summary>Reads the header of the PROXY protocol, of either version, at the start of a connection.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class ProxyHeaderReader
{
    /// <summary>The most octets that <see cref="TryRead"/> needs to see: the longest line of version 1, CR LF included.
    /// Of version 2 it needs fewer, because it does not look at what comes after the addresses.</summary>
    public const int MaxNeeded = ProxyHeaderV1.MaxLength;

    /// <summary>Reads the header at the start of <paramref name="octets"/>, the first octets of a connection; copies nothing.</summary>
    /// <param name="octets">What the connection brought so far, from its first octet on.</param>
    /// <param name="header">The header, with <see cref="ProxyHeaderStatus.Read"/>.</param>
    /// <param name="length">Octets of the header, 0 unless one was read. This can be more than <paramref name="octets"/> has: the
    /// extensions of version 2, up to 65,535 octets, are passed over unread, and the caller passes over those still to come.</param>
    /// <returns>Never <see cref="ProxyHeaderStatus.NeedMore"/> once there are <see cref="MaxNeeded"/> octets.</returns>
    public static ProxyHeaderStatus TryRead(ReadOnlySpan<byte> octets, out ProxyHeader header, out int length)
    {
        var status = ProxyHeaderV1.TryRead(octets, out header, out length);
        return status == ProxyHeaderStatus.Absent ? ProxyHeaderV2.TryRead(octets, out header, out length) : status;
    }
}
