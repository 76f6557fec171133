using Parallax.Reactor.Buffers;

namespace Parallax.Reactor.Connections;

/// <summary>What a connection has received and its handler has not consumed: one block, grown by doubling, or none.</summary>
/// <remarks>A mutable struct, kept in one field of its connection. Thread safety: belongs to the loop's thread.</remarks>
internal struct ReadBuffer(BlockPool pool, int maxBytes)
{
    private Block? _block;

    public readonly int Length => _block?.Length ?? 0;

    public readonly bool IsEmpty => Length == 0;

    public readonly bool IsFull => Length >= maxBytes;

    public readonly ReadOnlySpan<byte> Octets => _block is { } block ? block.Span : default;

    /// <summary>Room after the octets held, never empty; valid until any other call.</summary>
    public Memory<byte> Room()
    {
        var block = _block ??= pool.Rent();
        if (block.Storage.Length - block.End < block.Storage.Length / 4)
        {
            block = MakeRoom(block);
        }

        return block.Storage.AsMemory(block.End);
    }

    /// <summary>Octets were put into the room.</summary>
    public readonly void Commit(int count) => _block!.End += count;

    /// <summary>Holds a copy of <paramref name="octets"/>. Only for an empty buffer.</summary>
    public void Keep(ReadOnlySpan<byte> octets)
    {
        Release();
        _block = pool.Rent(octets.Length);
        _block.Append(octets);
    }

    public readonly void Consume(int count)
    {
        if (count > 0)
        {
            _block!.Start += count;
        }
    }

    /// <summary>Gives the block back when nothing is in it. Not while somebody receives into its room.</summary>
    public void ReleaseIfEmpty()
    {
        if (IsEmpty)
        {
            Release();
        }
    }

    public void Release()
    {
        if (_block is { } block)
        {
            _block = null;
            pool.Return(block);
        }
    }

    // Moves the octets to the front; into a block twice the size when they fill more than half of this one.
    private Block MakeRoom(Block block)
    {
        if (block.Length <= block.Storage.Length / 2)
        {
            block.Span.CopyTo(block.Storage);
            block.End = block.Length;
            block.Start = 0;
            return block;
        }

        var larger = pool.Rent(block.Storage.Length * 2);
        larger.Append(block.Span);
        _block = larger;
        pool.Return(block);
        return larger;
    }
}
