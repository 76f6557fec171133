namespace Parallax.Traffic.Redaction;

/// <summary>The one rule that looks into a value, wherever it stands, for the formats it may hold.</summary>
internal interface IValueRule
{
    /// <summary>Looks into a value that is written as it is: what is found in it is replaced in its place.</summary>
    /// <param name="value">The value.</param>
    /// <param name="at">Where it begins in the octets that <paramref name="found"/> speaks of.</param>
    /// <param name="found">Gains the secrets in it.</param>
    /// <param name="style">How marks are written there.</param>
    void Look(ReadOnlySpan<byte> value, int at, FoundSecrets found, MarkStyle style);

    /// <summary>Looks into a value that is written with escapes and has to be replaced as a whole.</summary>
    /// <param name="unescaped">What it stands for.</param>
    /// <param name="kind">What is found first in it.</param>
    /// <returns>True when there is a secret in it, or it is nested too deep to be looked into.</returns>
    bool Holds(ReadOnlySpan<byte> unescaped, out SecretKind kind);
}
