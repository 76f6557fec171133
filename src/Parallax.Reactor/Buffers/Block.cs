using System.Diagnostics;

namespace Parallax.Reactor.Buffers;

/// <summary>A run of octets on its way: either storage of the pool's own or somebody else's octets, borrowed with their owner.
/// Octets from <see cref="Start"/> to <see cref="End"/> are in it. It is a link of a list, so that a queue of blocks needs no
/// storage.</summary>
/// <remarks>Thread safety: belongs to its pool's loop. Its holder gives it back to the pool exactly once.</remarks>
internal sealed class Block
{
    internal Block(byte[] storage, bool isPinned)
    {
        Storage = storage;
        IsPinned = isPinned;
    }

    /// <summary>The pool's own storage; empty in a block that borrows.</summary>
    public byte[] Storage { get; }

    /// <summary>Whether <see cref="Storage"/> never moves.</summary>
    public bool IsPinned { get; }

    /// <summary>Where the octets begin.</summary>
    public int Start { get; set; }

    /// <summary>Where they end.</summary>
    public int End { get; set; }

    /// <summary>The block after this one, of the holder of both.</summary>
    public Block? Next { get; set; }

    /// <summary>How many octets are in it.</summary>
    public int Length => End - Start;

    /// <summary>Whether it can take more octets after its end.</summary>
    public bool HasRoom => End < Storage.Length;

    /// <summary>The octets.</summary>
    public ReadOnlyMemory<byte> Octets => IsBorrowing ? Borrowed[Start..End] : Storage.AsMemory(Start, Length);

    /// <summary>The octets.</summary>
    public ReadOnlySpan<byte> Span => IsBorrowing ? Borrowed.Span[Start..End] : Storage.AsSpan(Start, Length);

    internal bool IsBorrowing => Storage.Length == 0;

    internal ReadOnlyMemory<byte> Borrowed { get; set; }

    internal IDisposable? Owner { get; set; }

    // Between being handed out and being given back.
    internal bool IsOut { get; set; }

    /// <summary>Copies as much of <paramref name="octets"/> as there is room for.</summary>
    /// <returns>How much that was.</returns>
    public int Append(ReadOnlySpan<byte> octets)
    {
        Debug.Assert(IsOut);
        var count = Math.Min(octets.Length, Storage.Length - End);
        octets[..count].CopyTo(Storage.AsSpan(End));
        End += count;
        return count;
    }
}
