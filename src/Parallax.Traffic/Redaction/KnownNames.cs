using System.Buffers.Binary;

namespace Parallax.Traffic.Redaction;

/// <summary>Remembers what the names seen lately say of their values: they are the same in every message.</summary>
/// <remarks>Thread safety: none.</remarks>
/// <param name="find">Finds out what a name says.</param>
internal sealed class KnownNames<TMeaning>(Func<ReadOnlySpan<byte>, TMeaning> find)
{
    // A power of two.
    private const int Kept = 512;
    private const int LongestKept = 32;

    private readonly (byte[]? Name, TMeaning Meaning)[] _kept = new (byte[]?, TMeaning)[Kept];

    /// <summary>What a name says of its value.</summary>
    public TMeaning MeaningOf(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > LongestKept)
        {
            return find(name);
        }

        ref var kept = ref _kept[PlaceOf(name)];
        if (kept.Name is null || !name.SequenceEqual(kept.Name))
        {
            kept = (name.ToArray(), find(name));
        }

        return kept.Meaning;
    }

    private static int PlaceOf(ReadOnlySpan<byte> name)
    {
        const uint Mixer = 0x9E3779B1;
        var (first, last) = name.Length >= sizeof(uint)
            ? (BinaryPrimitives.ReadUInt32LittleEndian(name), BinaryPrimitives.ReadUInt32LittleEndian(name[^sizeof(uint)..]))
            : (name[0], name[^1]);
        return (int)(unchecked(((first * 31) + last + (uint)name.Length) * Mixer) >> 23);
    }
}
