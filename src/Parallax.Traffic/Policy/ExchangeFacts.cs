using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Policy;

/// <summary>How much of an exchange must be known to decide a rule.</summary>
public enum KnownFacts : byte
{
    /// <summary>The request's head.</summary>
    RequestHead,

    /// <summary>The whole request.</summary>
    Request,

    /// <summary>Request and response.</summary>
    Exchange,
}

/// <summary>What an <see cref="ExchangeMatch"/> looks at: as much of an exchange as is known.</summary>
/// <remarks>Valid as long as what it was made of. Thread safety: a stack-only value.</remarks>
public readonly ref struct ExchangeFacts
{
    private ExchangeFacts(MessageHead? head, ReadOnlySpan<byte> octets, Message? request, Message? response)
    {
        Head = head;
        Octets = octets;
        Request = request;
        Response = response;
    }

    /// <summary>The request's head; null when the request was not seen.</summary>
    public MessageHead? Head { get; }

    /// <summary>The octets it was read from.</summary>
    public ReadOnlySpan<byte> Octets { get; }

    /// <summary>The request; null when it is not known whole, or was not seen.</summary>
    public Message? Request { get; }

    /// <summary>The response; null before it is known, and when it was not seen.</summary>
    public Message? Response { get; }

    /// <summary>A request's head.</summary>
    /// <param name="head">The head.</param>
    /// <param name="octets">The octets it was read from.</param>
    public static ExchangeFacts Of(MessageHead head, ReadOnlySpan<byte> octets) => new(head, octets, null, null);

    /// <summary>A request whose head was changed.</summary>
    /// <param name="head">The head.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="request">The request as it came.</param>
    public static ExchangeFacts Of(MessageHead head, ReadOnlySpan<byte> octets, Message request) => new(head, octets, request, null);

    /// <summary>A request, and its response if that is known.</summary>
    /// <param name="request">Null when it was not seen.</param>
    /// <param name="response">Null when it was not seen, or is not known yet.</param>
    public static ExchangeFacts Of(Message? request, Message? response = null) =>
        request is null ? new(null, default, null, response) : new(request.Head, request.HeadOctets, request, response);

    /// <summary>An exchange.</summary>
    public static ExchangeFacts Of(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return Of(exchange.Request, exchange.Response);
    }
}
