using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Parallax.Traffic.Policy;

/// <summary>What draws are made from: two runs with the same seed draw the same, with another seed something else.</summary>
/// <remarks>Thread safety: immutable.</remarks>
public sealed class SampleSeed
{
    private SampleSeed(ulong salt) => Salt = salt;

    /// <summary>Goes into every hash that decides about a session.</summary>
    internal ulong Salt { get; }

    /// <summary>Reads a number or a text; every one that is not empty is a seed.</summary>
    /// <param name="text">The flag's value.</param>
    /// <param name="seed">The seed; null when false is returned.</param>
    /// <param name="error">What is wrong and what would be right; null when true is returned.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out SampleSeed? seed, [NotNullWhen(false)] out string? error)
    {
        ArgumentNullException.ThrowIfNull(text);
        seed = text.Length == 0 ? null : new(StableHash.Of(Encoding.UTF8.GetBytes(text)));
        error = seed is null ? "the seed is empty; write a number or a text" : null;
        return seed is not null;
    }

    /// <summary>The random draws of one thread, the same in every run.</summary>
    /// <param name="thread">Its number: every thread draws for itself.</param>
    public Random NewRandom(int thread) => new(unchecked((int)(Salt ^ (Salt >> 32)) + thread));
}
