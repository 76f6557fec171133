namespace Parallax.Shadows.Clients;

/// <summary>The answer to a request.</summary>
/// <param name="Status">The status code of the final response.</param>
/// <param name="BodyOctets">Octets of content read.</param>
/// <param name="Octets">The answer as it came; empty unless <see cref="ClientOptions.KeptAnswerBytes"/> has it kept. Valid only during
/// the call.</param>
/// <param name="IsCut">True when it went beyond <see cref="ClientOptions.MaxResponseBytes"/> and the rest was not read.</param>
internal readonly record struct ClientAnswer(int Status, long BodyOctets, ReadOnlyMemory<byte> Octets, bool IsCut);
