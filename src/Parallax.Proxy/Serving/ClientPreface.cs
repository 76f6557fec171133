using Parallax.Proxy.Bounds;
using Parallax.Proxy.Requests;
using Parallax.Wire.ProxyProtocol;

namespace Parallax.Proxy.Serving;

/// <summary>How far the beginning of a connection was read.</summary>
internal enum PrefaceStatus : byte
{
    /// <summary>More octets are needed.</summary>
    NeedMore,

    /// <summary>What follows is HTTP, or the TLS handshake.</summary>
    Over,

    /// <summary>The header is malformed, or there is none where there must be one.</summary>
    Refused,
}

/// <summary>Reads what may come before HTTP and TLS on a client's connection: a header of the PROXY protocol.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class ClientPreface(ProxyOptions options, ClientAddresses addresses)
{
    // Extensions of a header of version 2 that are still to come; nobody reads them.
    private int _toPassOver;
    private bool _isRead;

    private bool IsRequired => options.ProxyProtocol == ProxyProtocolMode.Require;

    /// <summary>Reads on.</summary>
    /// <param name="octets">The next octets; those not consumed are handed in again, with more after them.</param>
    /// <param name="consumed">How many of them are done with.</param>
    public PrefaceStatus Read(ReadOnlySpan<byte> octets, out int consumed)
    {
        consumed = 0;
        if (!_isRead)
        {
            var status = ProxyHeaderReader.TryRead(octets, out var header, out var length);
            if (status == ProxyHeaderStatus.NeedMore)
            {
                return PrefaceStatus.NeedMore;
            }

            if (status == ProxyHeaderStatus.Malformed || (status == ProxyHeaderStatus.Absent && IsRequired))
            {
                return PrefaceStatus.Refused;
            }

            _isRead = true;
            _toPassOver = length;
            if (header.HasAddresses && (IsRequired || options.TrustsClients))
            {
                addresses.Believe(header);
            }
        }

        consumed = Math.Min(_toPassOver, octets.Length);
        _toPassOver -= consumed;
        return _toPassOver == 0 ? PrefaceStatus.Over : PrefaceStatus.NeedMore;
    }
}
