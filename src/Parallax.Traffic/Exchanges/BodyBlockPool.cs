using System.Numerics;

namespace Parallax.Traffic.Exchanges;

/// <summary>Blocks of a body's size that wait for their next use. The process-wide array pool keeps too few of them for what a busy proxy
/// has in flight, and what it lets go has lived long enough to lie about until the rarest of collections.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class BodyBlockPool
{
    /// <summary>The smallest block, in bytes. Smaller ones are the array pool's.</summary>
    public const int MinBytes = 4 * 1024;

    /// <summary>The largest block, in bytes.</summary>
    public const int MaxBytes = 64 * 1024;

    // Enough for what is in flight at once, little enough to forget about.
    private const int MaxKeptBytes = 16 << 20;

    private readonly Lock _lock = new();
    private readonly Stack<byte[]>[] _blocks_NeedsLock =
        [.. Enumerable.Range(0, ClassOf(MaxBytes) + 1).Select(_ => new Stack<byte[]>())];

    private int _keptBytes_NeedsLock;

    /// <summary>True when blocks of that size are kept here.</summary>
    public static bool Holds(int bytes) => bytes is > MinBytes / 2 and <= MaxBytes;

    /// <summary>Takes a block or makes one.</summary>
    /// <param name="minimumBytes">As <see cref="Holds"/> says.</param>
    /// <returns>A block whose length is the next power of two.</returns>
    public byte[] Take(int minimumBytes)
    {
        var bytes = Math.Max(MinBytes, (int)BitOperations.RoundUpToPowerOf2((uint)minimumBytes));
        lock (_lock)
        {
            if (_blocks_NeedsLock[ClassOf(bytes)].TryPop(out var block))
            {
                _keptBytes_NeedsLock -= bytes;
                return block;
            }
        }

        return GC.AllocateUninitializedArray<byte>(bytes);
    }

    /// <summary>Keeps a block that came from here, or forgets it when there are enough.</summary>
    public void Keep(byte[] block)
    {
        lock (_lock)
        {
            if (_keptBytes_NeedsLock <= MaxKeptBytes - block.Length)
            {
                _keptBytes_NeedsLock += block.Length;
                _blocks_NeedsLock[ClassOf(block.Length)].Push(block);
            }
        }
    }

    private static int ClassOf(int bytes) => BitOperations.Log2((uint)bytes) - BitOperations.Log2(MinBytes);
}
