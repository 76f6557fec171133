namespace Parallax.Shadows.Clients;

/// <summary>The connections that several clients may have together, on whatever loops they live. A client may take another one only while
/// it has fewer than are free, so that one that never answers leaves some for the others.</summary>
/// <remarks>Thread safety: any thread.</remarks>
/// <param name="max">Most connections; at least 1. A single client takes half of them, two take a third each.</param>
public sealed class ConnectionShare(int max) : IConnectionPermit
{
    private int _used;
    private volatile bool _isClosed;

    /// <summary>Connections not closed, those being made included.</summary>
    public int Used => Volatile.Read(ref _used);

    /// <summary>True while no connection may be made; false by default.</summary>
    public bool IsClosed
    {
        get => _isClosed;
        set => _isClosed = value;
    }

    /// <inheritdoc/>
    public bool TryBegin(int own)
    {
        if (_isClosed)
        {
            return false;
        }

        if (Interlocked.Increment(ref _used) <= max - own)
        {
            return true;
        }

        Interlocked.Decrement(ref _used);
        return false;
    }

    /// <inheritdoc/>
    public void End() => Interlocked.Decrement(ref _used);
}
