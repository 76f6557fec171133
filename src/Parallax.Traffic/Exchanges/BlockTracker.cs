namespace Parallax.Traffic.Exchanges;

/// <summary>Stands in for the array pool when ownership is under test: every block is new, known while it is out, and overwritten when it
/// comes back, so that a leak, a second return and a use after the return all show.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class BlockTracker
{
    /// <summary>What a returned block is filled with.</summary>
    public const byte Dead = 0xDD;

    private readonly Lock _lock = new();
    private readonly HashSet<byte[]> _out = new(ReferenceEqualityComparer.Instance);

    /// <summary>A new block of exactly <paramref name="bytes"/>, so that writing one octet too many fails.</summary>
    public byte[] Rent(int bytes)
    {
        var block = new byte[bytes];
        lock (_lock)
        {
            _out.Add(block);
        }

        return block;
    }

    /// <summary>Takes a block back.</summary>
    /// <exception cref="InvalidOperationException">It is not out: returned twice, or never rented here.</exception>
    public void Return(byte[] block)
    {
        lock (_lock)
        {
            if (!_out.Remove(block))
            {
                throw new InvalidOperationException("This block is not lent out: returned twice, or rented elsewhere.");
            }
        }

        block.AsSpan().Fill(Dead);
    }
}
