using System.Buffers;

namespace Parallax.Reactor.Buffers;

/// <summary>A loop's blocks. The block given back last is handed out first: its octets are still in the processor's cache.</summary>
/// <param name="ownerFault">Called when the owner of borrowed octets throws while it is disposed of.</param>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class BlockPool(Action<Exception> ownerFault)
{
    /// <summary>Octets a pooled block holds, in bytes.</summary>
    public const int BlockBytes = 16 * 1024;

    // 8 MiB at most are kept after a burst.
    private const int MaxKept = 512;

    private const byte PoisonOctet = 0xDB;

    private Block? _free;
    private Block? _freeBorrowing;
    private int _kept;
    private int _keptBorrowing;

    /// <summary>Blocks handed out and not given back. Zero once every connection is closed.</summary>
    public int Outstanding { get; private set; }

    /// <summary>Their storage, in bytes; borrowed octets are not in it.</summary>
    public long OutstandingBytes { get; private set; }

    /// <summary>What may be out before <see cref="IsShort"/>, in bytes; no bound by default.</summary>
    public long MaxBytes { get; set; } = long.MaxValue;

    /// <summary>True when more is out than may be: nobody is refused a block, but one that can do with less should.</summary>
    public bool IsShort => OutstandingBytes > MaxBytes;

    /// <summary>Overwrites what is given back, so that a test sees a use after that.</summary>
    public bool Poison { get; set; }

    /// <summary>An empty block with room for <paramref name="bytes"/>; only the usual size is kept for later.</summary>
    public Block Rent(int bytes = BlockBytes)
    {
        Block block;
        if (bytes > BlockBytes)
        {
            block = new Block(ArrayPool<byte>.Shared.Rent(bytes), isPinned: false);
        }
        else if (_free is { } free)
        {
            block = free;
            _free = free.Next;
            _kept--;
        }
        else
        {
            block = new Block(GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true), isPinned: true);
        }

        return HandOut(block, 0);
    }

    /// <summary>A block that stands for <paramref name="octets"/> without copying them.</summary>
    /// <param name="octets">Must not change until the block is given back.</param>
    /// <param name="owner">Disposed of when the block is given back; null when nobody waits for it.</param>
    public Block Borrow(ReadOnlyMemory<byte> octets, IDisposable? owner)
    {
        if (_freeBorrowing is { } block)
        {
            _freeBorrowing = block.Next;
            _keptBorrowing--;
        }
        else
        {
            block = new Block([], isPinned: false);
        }

        block.Borrowed = octets;
        block.Owner = owner;
        return HandOut(block, octets.Length);
    }

    /// <summary>Takes <paramref name="block"/> back; the owner of borrowed octets is disposed of.</summary>
    /// <exception cref="InvalidOperationException">It was given back before.</exception>
    public void Return(Block block)
    {
        if (!block.IsOut)
        {
            throw new InvalidOperationException("The block was given back before.");
        }

        block.IsOut = false;
        Outstanding--;
        OutstandingBytes -= block.Storage.Length;
        if (block.IsBorrowing)
        {
            ReturnBorrowing(block);
            return;
        }

        if (Poison)
        {
            block.Storage.AsSpan().Fill(PoisonOctet);
        }

        if (!block.IsPinned)
        {
            ArrayPool<byte>.Shared.Return(block.Storage);
        }
        else if (_kept < MaxKept)
        {
            block.Next = _free;
            _free = block;
            _kept++;
        }
    }

    /// <summary>Disposes of an owner; one that throws is reported and has still been disposed of as far as we are concerned.</summary>
    public void Release(IDisposable? owner)
    {
        try
        {
            owner?.Dispose();
        }
        catch (Exception exception)
        {
            ownerFault(exception);
        }
    }

    private void ReturnBorrowing(Block block)
    {
        var owner = block.Owner;
        block.Owner = null;
        block.Borrowed = default;
        if (_keptBorrowing < MaxKept)
        {
            block.Next = _freeBorrowing;
            _freeBorrowing = block;
            _keptBorrowing++;
        }

        Release(owner);
    }

    private Block HandOut(Block block, int length)
    {
        block.Start = 0;
        block.End = length;
        block.Next = null;
        block.IsOut = true;
        Outstanding++;
        OutstandingBytes += block.Storage.Length;
        return block;
    }
}
