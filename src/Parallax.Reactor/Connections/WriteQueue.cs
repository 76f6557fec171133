using Parallax.Reactor.Buffers;

namespace Parallax.Reactor.Connections;

/// <summary>What a connection has still to send: a list of blocks. An idle connection holds none.</summary>
/// <remarks>A mutable struct, kept in one field of its connection. Thread safety: belongs to the loop's thread.</remarks>
internal struct WriteQueue(BlockPool pool)
{
    // Below this, copying is cheaper than one more piece to gather.
    private const int CopyBytes = 1024;

    private Block? _tail;
    private long _bytes;

    /// <summary>The first block; null when there is nothing to send.</summary>
    public Block? Head { readonly get; private set; }

    /// <summary>Octets to be sent, those in a block that was taken included.</summary>
    public readonly long Bytes => _bytes;

    public void Append(ReadOnlySpan<byte> octets)
    {
        _bytes += octets.Length;
        while (!octets.IsEmpty)
        {
            if (_tail is not { HasRoom: true })
            {
                Enqueue(pool.Rent());
            }

            octets = octets[_tail!.Append(octets)..];
        }
    }

    public void Append(ReadOnlyMemory<byte> octets, IDisposable? owner)
    {
        if (octets.Length <= CopyBytes)
        {
            Append(octets.Span);
            pool.Release(owner);
            return;
        }

        _bytes += octets.Length;
        Enqueue(pool.Borrow(octets, owner));
    }

    /// <summary>Forgets the first <paramref name="count"/> octets: they were sent.</summary>
    public void Advance(long count)
    {
        _bytes -= count;
        while (Head is { } head && head.Length <= count)
        {
            count -= head.Length;
            Dequeue();
            pool.Return(head);
        }

        // An owner may have closed the connection, and emptied the queue, when it was disposed of.
        if (count > 0 && Head is { } rest)
        {
            rest.Start += (int)count;
        }
    }

    /// <summary>Takes the first block out. The caller sends it, gives it back to the pool and says <see cref="Sent"/>.</summary>
    public Block? Take()
    {
        var head = Head;
        if (head is not null)
        {
            Dequeue();
        }

        return head;
    }

    /// <summary>Octets of a block that was taken are sent.</summary>
    public void Sent(int count) => _bytes -= count;

    /// <summary>Gives everything back unsent.</summary>
    public void Clear()
    {
        // Emptied first: an owner may come back here when it is disposed of.
        var block = Head;
        Head = null;
        _tail = null;
        _bytes = 0;
        while (block is not null)
        {
            var next = block.Next;
            pool.Return(block);
            block = next;
        }
    }

    private void Enqueue(Block block)
    {
        if (_tail is null)
        {
            Head = block;
        }
        else
        {
            _tail.Next = block;
        }

        _tail = block;
    }

    private void Dequeue()
    {
        Head = Head!.Next;
        if (Head is null)
        {
            _tail = null;
        }
    }
}
