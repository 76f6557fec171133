namespace Parallax.Wire.Packets;

/// <summary>A secret that hashes of what strangers choose are made with, so that nobody can send keys that all fall together: neither
/// factor of a product is known, so none can be made zero.</summary>
/// <param name="First">64 secret bits.</param>
/// <param name="Second">64 others.</param>
/// <remarks>The mixing is that of wyhash, whose constants are secrets here. Thread safety: an immutable value.</remarks>
public readonly record struct HashKey(ulong First, ulong Second)
{
    /// <summary>The key for hash tables of this process.</summary>
    public static HashKey OfThisProcess { get; } = NewRandom();

    /// <summary>A new key.</summary>
    public static HashKey NewRandom() => new(Draw(), Draw());

    /// <summary>A hash of two numbers, well spread in all bits.</summary>
    public int Hash(ulong first, ulong second) => unchecked((int)Mix(Mix(first, second), First));

    /// <summary>One step of a hash over several numbers: every bit of both reaches every bit of the result, but what differs in few bits
    /// is well spread after the next step only.</summary>
    public ulong Mix(ulong first, ulong second)
    {
        var high = Math.BigMul(first ^ First, second ^ Second, out var low);
        return high ^ low;
    }

    private static ulong Draw() => unchecked((ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue));
}

/// <summary>Compares numbers that strangers choose by a hash that they cannot foresee.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class KeyedNumbers : IEqualityComparer<int>, IEqualityComparer<uint>, IEqualityComparer<long>
{
    private KeyedNumbers()
    {
    }

    /// <summary>The one instance.</summary>
    public static KeyedNumbers Comparer { get; } = new();

    /// <inheritdoc/>
    public bool Equals(int x, int y) => x == y;

    /// <inheritdoc/>
    public bool Equals(uint x, uint y) => x == y;

    /// <inheritdoc/>
    public bool Equals(long x, long y) => x == y;

    /// <inheritdoc/>
    public int GetHashCode(int obj) => GetHashCode((long)obj);

    /// <inheritdoc/>
    public int GetHashCode(uint obj) => HashKey.OfThisProcess.Hash(obj, 0);

    /// <inheritdoc/>
    public int GetHashCode(long obj) => unchecked(HashKey.OfThisProcess.Hash((ulong)obj, 0));
}
