namespace Parallax.Fuzz.Engine;

/// <summary>Something that must hold does not.</summary>
internal sealed class BrokenPromiseException : Exception
{
    public BrokenPromiseException(string message)
        : base(message)
    {
    }

    public BrokenPromiseException()
    {
    }

    public BrokenPromiseException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Says what must hold.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class Require
{
    /// <summary>Demands that <paramref name="holds"/>.</summary>
    /// <exception cref="BrokenPromiseException">It does not.</exception>
    public static void That(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new BrokenPromiseException(otherwise);
        }
    }

    /// <summary>Demands that two texts are equal.</summary>
    /// <exception cref="BrokenPromiseException">They are not; it shows where they part.</exception>
    public static void Same(string expected, string actual, string what)
    {
        if (expected == actual)
        {
            return;
        }

        var at = expected.AsSpan().CommonPrefixLength(actual);
        throw new BrokenPromiseException($"{what}: at {at} \"{Piece(expected, at)}\" became \"{Piece(actual, at)}\"");
    }

    private static string Piece(string text, int at)
    {
        var from = Math.Max(0, at - 20);
        return text[from..Math.Min(text.Length, at + 40)].ReplaceLineEndings("\\n");
    }
}
