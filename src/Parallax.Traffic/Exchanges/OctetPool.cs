using System.Buffers;
using System.Collections.Concurrent;

namespace Parallax.Traffic.Exchanges;

/// <summary>Lends blocks of bytes and knows how many are out. The blocks come from the process-wide array pool; this object is the
/// account and the limit over them, so that a capture can refuse to keep more before memory runs out.</summary>
/// <remarks>Ownership: whoever rents a block returns it exactly once. Thread safety: any thread may rent, return and read.</remarks>
public sealed class OctetPool
{
    // Messages kept for the next use: enough for what is under way at once, few enough to forget about.
    private const int MostKeptMessages = 4096;

    private readonly ConcurrentQueue<Message> _messages = new();
    private readonly BlockTracker? _tracker;
    private int _keptMessages;
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

    /// <summary>Lends a block of at least <paramref name="minimumBytes"/>, even over the limit.</summary>
    /// <returns>A block with unspecified content; return it with <see cref="Return"/>.</returns>
    public byte[] Rent(int minimumBytes)
    {
        var block = _tracker is null ? ArrayPool<byte>.Shared.Rent(minimumBytes) : _tracker.Rent(minimumBytes);
        Interlocked.Add(ref _rentedBytes, block.Length);
        Interlocked.Increment(ref _rentedBlocks);
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

    /// <summary>Takes a block back; it must not be touched any more.</summary>
    public void Return(byte[] block)
    {
        ArgumentNullException.ThrowIfNull(block);
        Interlocked.Add(ref _rentedBytes, -block.Length);
        Interlocked.Decrement(ref _rentedBlocks);
        if (_tracker is null)
        {
            ArrayPool<byte>.Shared.Return(block);
        }
        else
        {
            _tracker.Return(block);
        }
    }

    /// <summary>A cleared message, used before or new.</summary>
    internal Message TakeMessage()
    {
        if (!_messages.TryDequeue(out var message))
        {
            return new Message(this);
        }

        Interlocked.Decrement(ref _keptMessages);
        return message;
    }

    /// <summary>Keeps a cleared message for the next use. Not under test: there a message disposed of stays dead, so that use after it
    /// shows.</summary>
    internal void KeepMessage(Message message)
    {
        if (_tracker is not null)
        {
            return;
        }

        if (Interlocked.Increment(ref _keptMessages) > MostKeptMessages)
        {
            Interlocked.Decrement(ref _keptMessages);
            return;
        }

        _messages.Enqueue(message);
    }
}
