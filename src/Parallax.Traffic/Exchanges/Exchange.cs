namespace Parallax.Traffic.Exchanges;

/// <summary>One request and its response, as observed.</summary>
/// <remarks>
/// Ownership: the exchange owns one reference to each of its messages and gives them up in <see cref="Dispose"/>.
/// Thread safety: filled by one thread; once handed on it does not change and may be read by any.
/// </remarks>
public sealed class Exchange : IDisposable
{
    /// <summary>A number that is unique within the run, in the order in which requests were complete.</summary>
    public required long Id { get; init; }

    /// <summary>The number of the flow it was seen in.</summary>
    public required long Session { get; init; }

    /// <summary>Its place among the exchanges of the session, from 0.</summary>
    public int SequenceInSession { get; init; }

    /// <summary>The end that sent the request.</summary>
    public required Endpoint Client { get; init; }

    /// <summary>The end that answered.</summary>
    public required Endpoint Server { get; init; }

    /// <summary>The VXLAN or GENEVE network it was seen in; -1 when in none.</summary>
    public int Vni { get; init; } = -1;

    /// <summary>The request; null when it was not seen.</summary>
    public Message? Request { get; private set; }

    /// <summary>The final response; null when none was seen (yet).</summary>
    public Message? Response { get; private set; }

    /// <summary>What was odd about it.</summary>
    public ExchangeFlags Flags { get; private set; }

    /// <summary>Adds flags; none is ever taken away.</summary>
    public void Mark(ExchangeFlags flags) => Flags |= flags;

    /// <summary>Puts the request in, and the flags that follow from its state. Takes ownership of one reference.</summary>
    /// <exception cref="InvalidOperationException">There is a request already.</exception>
    public void SetRequest(Message request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (Request is not null)
        {
            throw new InvalidOperationException("The exchange has a request already.");
        }

        Request = request;
        Mark((request.IsIncomplete ? ExchangeFlags.RequestIncomplete : 0) | (request.IsTruncated ? ExchangeFlags.RequestTruncated : 0));
    }

    /// <summary>Puts the final response in, and the flags that follow from its state. Takes ownership of one reference.</summary>
    /// <exception cref="InvalidOperationException">There is a response already.</exception>
    public void SetResponse(Message response)
    {
        ArgumentNullException.ThrowIfNull(response);
        if (Response is not null)
        {
            throw new InvalidOperationException("The exchange has a response already.");
        }

        Response = response;
        Mark((response.IsIncomplete ? ExchangeFlags.ResponseIncomplete : 0)
            | (response.IsTruncated ? ExchangeFlags.ResponseTruncated : 0));
    }

    /// <summary>The same exchange with its own references, for use after this one is disposed of.</summary>
    public Exchange Retained()
    {
        var copy = new Exchange
        {
            Id = Id,
            Session = Session,
            SequenceInSession = SequenceInSession,
            Client = Client,
            Server = Server,
            Vni = Vni,
            Request = Request?.Retain(),
            Response = Response?.Retain(),
        };
        copy.Mark(Flags);
        return copy;
    }

    /// <summary>Gives the two messages up; a second call does nothing.</summary>
    public void Dispose()
    {
        Request?.Dispose();
        Response?.Dispose();
        Request = Response = null;
    }
}
