namespace Parallax.Fuzz.Engine;

/// <summary>An input of which something does not hold.</summary>
/// <param name="Target">The target's name.</param>
/// <param name="Seed">The seed of the run that made it.</param>
/// <param name="Number">Its number in that run.</param>
/// <param name="Input">The input, as short as it was made.</param>
/// <param name="Kind">What tells one find from another: the type of the exception and where it was thrown.</param>
/// <param name="Message">What does not hold, for people.</param>
internal sealed record Find(string Target, int Seed, long Number, byte[] Input, string Kind, string Message);
