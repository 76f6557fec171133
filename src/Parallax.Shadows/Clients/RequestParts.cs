using System.Diagnostics;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Clients;

/// <summary>The octets of a complete request, part by part, as they were captured or prepared, framing and trailers included.</summary>
/// <remarks>Ownership: the caller keeps the request alive until <see cref="Forget"/>. Thread safety: none.</remarks>
internal struct RequestParts
{
    private Message? _request;
    private int _nextBlock;
    private int _headOctets;

    /// <summary>True while parts are left.</summary>
    public readonly bool HasMore => _request is { } request && _nextBlock < request.BlockCount;

    /// <summary>Begins a request; the one before it must be fetched whole.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isPrepared">True when its head is among the parts; otherwise it is sent from elsewhere.</param>
    public void Begin(Message request, bool isPrepared)
    {
        Debug.Assert(!HasMore);
        _request = request;
        _nextBlock = 0;
        _headOctets = isPrepared ? 0 : request.HeadOctets.Length;
        if (request.BlockCount > 0 && PartAt(0).IsEmpty)
        {
            _nextBlock = 1;
        }
    }

    /// <summary>The next part; never empty.</summary>
    /// <returns>False when all are fetched.</returns>
    public bool TryNext(out ReadOnlyMemory<byte> part)
    {
        var hasMore = HasMore;
        part = hasMore ? PartAt(_nextBlock++) : default;
        Debug.Assert(!hasMore || !part.IsEmpty);
        return hasMore;
    }

    /// <summary>Ends the use of the request: its octets are no longer looked at.</summary>
    public void Forget() => _request = null;

    private readonly ReadOnlyMemory<byte> PartAt(int block) =>
        block == 0 ? _request!.Block(0)[_headOctets..] : _request!.Block(block);
}
