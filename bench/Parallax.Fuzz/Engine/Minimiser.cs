namespace Parallax.Fuzz.Engine;

/// <summary>Makes an input short of which something does not hold, as long as the same thing does not hold.</summary>
/// <remarks>Thread safety: none.</remarks>
internal static class Minimiser
{
    private const int MaxTries = 4_000;

    /// <summary>Takes out pieces, the larger ones first.</summary>
    /// <param name="input">Stays as it is.</param>
    /// <param name="isSame">Whether a shorter input shows the same.</param>
    public static byte[] Shorten(byte[] input, Func<byte[], bool> isSame)
    {
        var tries = 0;
        for (var piece = Math.Max(1, input.Length / 2); piece >= 1; piece /= 2)
        {
            for (var at = 0; at < input.Length && tries < MaxTries; tries++)
            {
                byte[] shorter = [.. input[..at], .. input[Math.Min(input.Length, at + piece)..]];
                if (isSame(shorter))
                {
                    input = shorter;
                }
                else
                {
                    at += piece;
                }
            }
        }

        return input;
    }
}
