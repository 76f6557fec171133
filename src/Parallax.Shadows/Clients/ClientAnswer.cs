using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Clients;

/// <summary>The answer to a request.</summary>
/// <param name="Status">The status code of the final response.</param>
/// <param name="BodyOctets">Octets of content read.</param>
/// <param name="Message">The answer as it came; null unless <see cref="ClientOptions.KeptAnswerBytes"/> has it kept, and when the pool of
/// answers is used up. Valid during the call; to keep it longer, retain it.</param>
/// <param name="IsCut">True when it went beyond <see cref="ClientOptions.MaxResponseBytes"/> and the rest was not read.</param>
internal readonly record struct ClientAnswer(int Status, long BodyOctets, Message? Message, bool IsCut);
