using System.Buffers;
using System.Numerics;

namespace Parallax.Traffic.Exchanges;

/// <summary>Octets in a chain of blocks: what a <see cref="Message"/> stores, whatever they mean. As an <see cref="IBufferWriter{T}"/> it
/// takes the first of them in one piece, until <see cref="EndWriting"/>.</summary>
/// <remarks>
/// <para>Ownership: the blocks are rented from the pool and go back with <see cref="Clear"/>. One small block stays with the chain for its
/// next use; it counts as lent only while it is in use.</para>
/// <para>Nothing that reads a chain assumes that a block was rented. Octets that are lent for a time, a batch of packets or a receive
/// buffer, would be a block without <see cref="OctetBlock.Rented"/>: it has no room, holds nothing of the pool and is not returned.
/// <see cref="Message.Retain"/> is where they would have to be copied into rented blocks, because the lender takes them back.</para>
/// <para>Thread safety: none while it is filled; any thread may read it after that.</para>
/// </remarks>
internal sealed class OctetChain : IBufferWriter<byte>
{
    /// <summary>The size of every block but the first, in bytes.</summary>
    public const int BlockBytes = 64 * 1024;

    // Most heads that are written are shorter.
    private const int FirstBytes = 512;

    // Beyond this, a second block costs less than what a single one would waste.
    private const int MaxSingleBytes = 4 * 1024;

    private OctetBlock[] _blocks = new OctetBlock[1];
    private byte[] _spareBlock = [];
    private OctetPool? _pool;
    private long _expectedBytes;

    /// <summary>Who lends the blocks.</summary>
    public OctetPool Pool => _pool ?? throw new InvalidOperationException("The chain has no pool: it is not in use.");

    /// <summary>The number of blocks.</summary>
    public int Count { get; private set; }

    /// <summary>Octets stored.</summary>
    public long Length { get; private set; }

    /// <summary>What the chain holds of its pool, in bytes: whole blocks.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>True while octets are written that must be in one piece.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>The octets in the first block; empty before anything was stored.</summary>
    public ReadOnlySpan<byte> First => Count == 0 ? [] : _blocks[0].Octets.Span;

    /// <summary>All octets.</summary>
    public BlockSequence Blocks => new(_blocks, 0, Length);

    /// <summary>One block's octets.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is not below <see cref="Count"/>.</exception>
    public ReadOnlyMemory<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return _blocks[index].Octets;
        }
    }

    /// <summary>Begins an empty chain.</summary>
    public void Begin(OctetPool pool) => _pool = pool;

    /// <summary>Begins to write octets that must be in one piece.</summary>
    /// <param name="expected">How long the chain will be in the end, about: what is appended later shares the first block when it is
    /// little, and no block is much larger than what goes into it.</param>
    public void BeginWriting(long expected)
    {
        _expectedBytes = expected;
        IsWriting = true;
        Add(Pool.Rent(Math.Max(FirstBytes, FittingBytes(expected)), ref _spareBlock));
    }

    /// <summary>What was written is whole; the rest is appended.</summary>
    public void EndWriting() => IsWriting = false;

    /// <summary>Stores octets after those stored already.</summary>
    /// <param name="octets">Copied.</param>
    /// <param name="expected">How many more are expected; lets a small body share the first block. 0 when not known.</param>
    public void Append(ReadOnlySpan<byte> octets, long expected)
    {
        while (!octets.IsEmpty)
        {
            if (Count == 0 || _blocks[Count - 1].Free == 0)
            {
                Add(Pool.Rent(NextBlockBytes(octets.Length, expected), ref _spareBlock));
            }

            octets = octets[Fill(octets)..];
        }
    }

    /// <summary>As <see cref="Append"/>, unless the pool's limit forbids another block.</summary>
    /// <returns>False when refused; nothing, or only a first part, was stored then.</returns>
    public bool TryAppend(ReadOnlySpan<byte> octets, long expected)
    {
        while (!octets.IsEmpty)
        {
            if (Count == 0 || _blocks[Count - 1].Free == 0)
            {
                if (!Pool.TryRent(NextBlockBytes(octets.Length, expected), out var block))
                {
                    return false;
                }

                Add(block);
            }

            octets = octets[Fill(octets)..];
        }

        return true;
    }

    /// <summary>Returns the blocks.</summary>
    public void Clear()
    {
        for (var index = 0; index < Count; index++)
        {
            if (_blocks[index].Rented is { } rented)
            {
                Pool.Return(rented, ref _spareBlock);
            }

            _blocks[index] = default;
        }

        Count = 0;
        Length = HeldBytes = _expectedBytes = 0;
        IsWriting = false;
        _pool = null;
    }

    // What must be in one piece moves into a larger block when its block is full.
    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint)
    {
        ref var first = ref Written();
        if (first.Free < Math.Max(1, sizeHint))
        {
            var (full, length) = (first.Rented!, first.Octets.Length);
            var larger = Pool.Rent(length + Math.Max(length, sizeHint));
            full.AsSpan(0, length).CopyTo(larger);
            HeldBytes += larger.Length - full.Length;
            first = new() { Rented = larger, Octets = larger.AsMemory(0, length) };
            Pool.Return(full);
        }

        return first.Rented!.AsMemory(first.Octets.Length);
    }

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => ((IBufferWriter<byte>)this).GetMemory(sizeHint).Span;

    void IBufferWriter<byte>.Advance(int count)
    {
        ref var first = ref Written();
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)first.Free, nameof(count));
        first.Octets = first.Rented.AsMemory(0, first.Octets.Length + count);
        Length += count;
    }

    private ref OctetBlock Written()
    {
        if (!IsWriting)
        {
            throw new InvalidOperationException("Nothing is being written: the head is ended, or was never begun.");
        }

        return ref _blocks[0];
    }

    /// <summary>Room for a body is only set aside while the pool has some: what is announced may never come.</summary>
    private int NextBlockBytes(int now, long expected)
    {
        if (Count > 0)
        {
            var missing = _expectedBytes - Length;
            return missing >= now ? FittingBytes(missing) : BlockBytes;
        }

        var hoped = Math.Max(0, Math.Min(BlockBytes - now, expected));
        return Pool.RentedBytes + now + hoped <= Pool.LimitBytes ? now + (int)hoped : now;
    }

    // A power of two: the next, or the one before when the next would be half empty or nearly so.
    private static int FittingBytes(long expected)
    {
        if (expected >= BlockBytes)
        {
            return BlockBytes;
        }

        var next = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, expected));
        return next > MaxSingleBytes && (next - expected) * 4 > next ? next / 2 : next;
    }

    private void Add(byte[] block)
    {
        if (Count == _blocks.Length)
        {
            Array.Resize(ref _blocks, _blocks.Length * 4);
        }

        HeldBytes += block.Length;
        _blocks[Count++] = new() { Rented = block };
    }

    private int Fill(ReadOnlySpan<byte> octets)
    {
        ref var last = ref _blocks[Count - 1];
        var (rented, length) = (last.Rented!, last.Octets.Length);
        var taken = Math.Min(octets.Length, rented.Length - length);
        octets[..taken].CopyTo(rented.AsSpan(length));
        last.Octets = rented.AsMemory(0, length + taken);
        Length += taken;
        return taken;
    }
}
