using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Recording.Entries;

/// <summary>What a recording says about an exchange besides the octets of its messages.</summary>
/// <remarks>Thread safety: an immutable value.</remarks>
public readonly record struct EntryFacts
{
    /// <summary>The number of the exchange, see <see cref="Exchange.Id"/>; 0 when not known.</summary>
    public long Id { get; init; }

    /// <summary>The number of the captured connection, see <see cref="Exchange.Session"/>; 0 when not known.</summary>
    public long Session { get; init; }

    /// <summary>Place among the exchanges of the session, from 0; -1 when not known.</summary>
    public int SequenceInSession { get; init; }

    /// <summary>The end that sent the request; the default when not known.</summary>
    public Endpoint Client { get; init; }

    /// <summary>The end that answered; the default when not known.</summary>
    public Endpoint Server { get; init; }

    /// <summary>The VXLAN or GENEVE network; -1 when none.</summary>
    public int Vni { get; init; }

    /// <summary>What was odd about the exchange.</summary>
    public ExchangeFlags Flags { get; init; }

    /// <summary>What is special about the entry.</summary>
    public EntryMarks Marks { get; init; }

    /// <summary>When the first octet of the request was seen.</summary>
    public Timestamp RequestFirst { get; init; }

    /// <summary>When the last octet of the request was seen.</summary>
    public Timestamp RequestLast { get; init; }

    /// <summary>When the first octet of the response was seen.</summary>
    public Timestamp ResponseFirst { get; init; }

    /// <summary>When the last octet of the response was seen.</summary>
    public Timestamp ResponseLast { get; init; }

    /// <summary>The first instant known of the entry: of its request, else of its response.</summary>
    public Timestamp Begin => RequestFirst.IsKnown ? RequestFirst : ResponseFirst;

    /// <summary>The facts of a captured exchange.</summary>
    public static EntryFacts Of(Exchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        return new()
        {
            Id = exchange.Id,
            Session = exchange.Session,
            SequenceInSession = exchange.SequenceInSession,
            Client = exchange.Client,
            Server = exchange.Server,
            Vni = exchange.Vni,
            Flags = exchange.Flags,
            RequestFirst = exchange.Request?.FirstOctetAt ?? default,
            RequestLast = exchange.Request?.LastOctetAt ?? default,
            ResponseFirst = exchange.Response?.FirstOctetAt ?? default,
            ResponseLast = exchange.Response?.LastOctetAt ?? default,
        };
    }
}

/// <summary>What is special about an entry of a recording.</summary>
[Flags]
public enum EntryMarks : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The exchange is itself a shadow; the entry names its mirror.</summary>
    Shadow = 1 << 0,

    /// <summary>Something in the request was replaced to protect a secret.</summary>
    RequestRedacted = 1 << 1,

    /// <summary>Something in the response was replaced to protect a secret.</summary>
    ResponseRedacted = 1 << 2,

    /// <summary>The request's body could not be looked into; its length and hash stand in its place.</summary>
    RequestBodyWithheld = 1 << 3,

    /// <summary>The response's body could not be looked into; its length and hash stand in its place.</summary>
    ResponseBodyWithheld = 1 << 4,
}
