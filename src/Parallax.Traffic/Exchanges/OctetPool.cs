using System.Buffers;

namespace Parallax.Traffic.Exchanges;

/// <summary>Lends blocks of bytes and knows how many are out. This object is the account and the limit over them, so that a capture can
/// refuse to keep more before memory runs out; blocks for bodies wait here for their next use, others in the process-wide array
/// pool.</summary>
/// <remarks>Ownership: the renter of a block returns it exactly once. Thread safety: any thread may rent, return and read.</remarks>
public sealed class OctetPool
{
    /// <summary>A block up to here, a head and perhaps a small body, may stay with its message.</summary>
    private const int MaxSpareBytes = 2048;

    /// <summary>A spare block larger than wanted by more than this factor would waste too much.</summary>
    private const int MaxWaste = 4;

    private readonly BodyBlockPool _blocks = new();
    private readonly BlockTracker? _tracker;
    private long _rentedBytes;
    private long _rentedBlocks;

    /// <summary>Creates a pool.</summary>
    /// <param name="limitBytes">Where <see cref="IsOverLimit"/> begins and <see cref="TryRent"/> refuses; 256 MiB by default; at least
    /// 1.</param>
    public OctetPool(long limitBytes = 256L << 20)
        : this(limitBytes, tracker: null)
    {
    }

    /// <summary>A pool whose blocks are watched: for tests that prove each block is returned once and not used after.</summary>
    internal OctetPool(long limitBytes, BlockTracker? tracker)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limitBytes, 1);
        LimitBytes = limitBytes;
        _tracker = tracker;
    }

    /// <summary>The limit, in bytes.</summary>
    public long LimitBytes { get; }

    /// <summary>Bytes lent out now; blocks count with their whole length.</summary>
    public long RentedBytes => Volatile.Read(ref _rentedBytes);

    /// <summary>Blocks lent out now.</summary>
    public long RentedBlocks => Volatile.Read(ref _rentedBlocks);

    /// <summary>True when as much is lent out as may be.</summary>
    public bool IsOverLimit => RentedBytes >= LimitBytes;

    /// <summary>True under test: what was disposed of stays dead, so that use after it shows.</summary>
    internal bool IsTracked => _tracker is not null;

    /// <summary>Lends a block of at least <paramref name="minimumBytes"/>, even over the limit.</summary>
    /// <returns>A block with unspecified content; return it with <see cref="Return(byte[])"/>.</returns>
    public byte[] Rent(int minimumBytes)
    {
        var block = _tracker is not null ? _tracker.Rent(minimumBytes)
            : BodyBlockPool.Holds(minimumBytes) ? _blocks.Take(minimumBytes)
            : ArrayPool<byte>.Shared.Rent(minimumBytes);
        Count(1, block.Length);
        return block;
    }

    /// <summary>Lends a block unless that would go over the limit.</summary>
    /// <returns>False when refused; <paramref name="block"/> is empty then and must not be returned.</returns>
    public bool TryRent(int minimumBytes, out byte[] block)
    {
        if (RentedBytes + minimumBytes > LimitBytes)
        {
            block = [];
            return false;
        }

        block = Rent(minimumBytes);
        return true;
    }

    /// <summary>Takes a block back; it must no longer be touched.</summary>
    public void Return(byte[] block)
    {
        ArgumentNullException.ThrowIfNull(block);
        Count(-1, -block.Length);
        if (_tracker is not null)
        {
            _tracker.Return(block);
        }
        else if (BodyBlockPool.Holds(block.Length))
        {
            _blocks.Keep(block);
        }
        else
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>As <see cref="Rent(int)"/>, by way of a block that stayed with its borrower: if it will not do, it goes back for good.
    /// </summary>
    internal byte[] Rent(int minimumBytes, ref byte[] spare)
    {
        var block = spare;
        spare = [];
        if (block.Length >= minimumBytes && block.Length / MaxWaste <= minimumBytes)
        {
            Count(1, block.Length);
            return block;
        }

        if (block.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        return Rent(minimumBytes);
    }

    /// <summary>As <see cref="Return(byte[])"/>, but a small block may stay with its borrower, who must not touch it.</summary>
    internal void Return(byte[] block, ref byte[] spare)
    {
        if (_tracker is not null || spare.Length > 0 || block.Length > MaxSpareBytes)
        {
            Return(block);
            return;
        }

        Count(-1, -block.Length);
        spare = block;
    }

    private void Count(int blocks, int bytes)
    {
        Interlocked.Add(ref _rentedBytes, bytes);
        Interlocked.Add(ref _rentedBlocks, blocks);
    }
}
