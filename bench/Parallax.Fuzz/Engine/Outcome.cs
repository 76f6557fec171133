using System.Numerics;

namespace Parallax.Fuzz.Engine;

/// <summary>What an input came to, coarsely: two inputs with the same outcome went much the same way through the reader.</summary>
/// <remarks>The same in each process, so that a run can be repeated. Thread safety: none.</remarks>
internal sealed class Outcome
{
    // FNV-1a.
    private const ulong Start = 0xCBF2_9CE4_8422_2325;
    private const ulong Prime = 0x100_0000_01B3;

    /// <summary>A number for all that was added.</summary>
    public ulong Value { get; private set; } = Start;

    /// <summary>Adds a kind, a status, a reason.</summary>
    public void Add(long value)
    {
        for (var octet = 0; octet < sizeof(long); octet++)
        {
            Value = (Value ^ (byte)(value >> (8 * octet))) * Prime;
        }
    }

    /// <summary>Adds a count by its magnitude.</summary>
    public void AddCount(long count) => Add(BitOperations.Log2((ulong)Math.Max(0, count) + 1));

    /// <summary>Adds a short text.</summary>
    public void Add(string text)
    {
        foreach (var character in text)
        {
            Add(character);
        }
    }

    /// <summary>Begins again.</summary>
    public void Clear() => Value = Start;
}
