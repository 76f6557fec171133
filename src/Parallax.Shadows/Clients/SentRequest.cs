namespace Parallax.Shadows.Clients;

/// <summary>A request that a connection was given.</summary>
/// <param name="Request">The request.</param>
/// <param name="SentAt">When its first octets were given to the connection, in nanoseconds of the loop's clock.</param>
/// <param name="FirstOctetAt">When the first octets of its answer came, a 1xx response included; 0 before that.</param>
internal readonly record struct SentRequest(OutgoingRequest Request, long SentAt, long FirstOctetAt = 0);
