using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Rewriting;

/// <summary>What a <see cref="ValueTemplate"/> may tell of an exchange besides the head that is written. Only those who have such a
/// template need it.</summary>
/// <remarks>What is not known has no value. Thread safety: none; one for each client's connection, filled again for each request.</remarks>
public sealed class HeadFacts
{
    /// <summary>The client's end of its connection; null when not known.</summary>
    public Endpoint? Client { get; set; }

    /// <summary>Our end of the client's connection; null when not known.</summary>
    public Endpoint? Local { get; set; }

    /// <summary>The primary's endpoint; null before there is one.</summary>
    public Endpoint? Upstream { get; set; }

    /// <summary>When the request came; null when not known.</summary>
    public DateTimeOffset? StartedAt { get; set; }

    /// <summary>The request's head, when a response is written; null when not known.</summary>
    public MessageHead? Request { get; set; }

    /// <summary>The octets <see cref="Request"/> was read from; they are the giver's.</summary>
    public ReadOnlyMemory<byte> RequestOctets { get; set; }
}
