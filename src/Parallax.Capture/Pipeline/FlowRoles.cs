using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Which end of a flow is the client and which the server, and who they are.</summary>
/// <remarks>Thread safety: none; belongs to one <see cref="CapturedFlow"/>, which alone changes it.</remarks>
internal sealed class FlowRoles
{
    private Flow? _flow;
    private Endpoint? _clientEnd;

    /// <summary>The flow at hand; to be asked for between <see cref="Begin"/> and <see cref="Reset"/> only.</summary>
    public Flow Flow => _flow!;

    /// <summary>Which half the client sends; null until the flow showed it. The other properties may be asked for from then on.</summary>
    public Direction? Client { get; private set; }

    /// <summary>The client's end: the one that a PROXY header named, else that of the flow.</summary>
    public Endpoint ClientEnd => _clientEnd ??= FlowEnd();

    /// <summary>The server's end.</summary>
    public Endpoint ServerEnd
    {
        get
        {
            var tuple = Flow.Key.Tuple(Client!.Value);
            return new(tuple.Destination, tuple.DestinationPort);
        }
    }

    /// <summary>True once something of the client's half was seen.</summary>
    public bool IsClientSeen => Flow.Half(Client!.Value).IsKnown;

    /// <summary>True once something of the server's half was seen.</summary>
    public bool IsServerSeen => Flow.Half(Client!.Value.Opposite()).IsKnown;

    /// <summary>Begins with a flow of which nothing is known.</summary>
    public void Begin(Flow flow) => _flow = flow;

    /// <summary>Finds out which end is the client: by what is said first, else by the SYN, else by the ports.</summary>
    /// <remarks>A request says more than a SYN: there are captures in which the end that answered the SYN asks.</remarks>
    /// <returns>True when it is known, from these octets or already.</returns>
    public bool TryFindClient(Direction direction, ReadOnlySpan<byte> octets)
    {
        if (Client is not null)
        {
            return true;
        }

        Client = MessageStart.Looks(octets) switch
        {
            MessageLook.Request => direction,
            MessageLook.Response => direction.Opposite(),
            _ when Flow.Initiator is { } initiator => initiator,
            MessageLook.Undecided => GuessClient(direction, octets),
            _ => null,
        };
        Flow.Client = Client;
        return Client is not null;
    }

    /// <summary>The client sends this half, unless the flow showed otherwise already.</summary>
    public void SetClient(Direction direction)
    {
        Client ??= direction;
        Flow.Client = Client;
    }

    /// <summary>Says who the client is, unless that was asked for already; null says nothing.</summary>
    public void NameClient(Endpoint? client) => _clientEnd ??= client;

    public void Reset()
    {
        _flow = null;
        _clientEnd = null;
        Client = null;
    }

    private Endpoint FlowEnd()
    {
        var tuple = Flow.Key.Tuple(Client!.Value);
        return new(tuple.Source, tuple.SourcePort);
    }

    private Direction GuessClient(Direction direction, ReadOnlySpan<byte> octets)
    {
        var mayAsk = MessageStart.MayBe(octets, MessageKind.Request);
        var tuple = Flow.Key.Tuple(direction);
        var asks = mayAsk == MessageStart.MayBe(octets, MessageKind.Response) ? tuple.DestinationPort < tuple.SourcePort : mayAsk;
        return asks ? direction : direction.Opposite();
    }
}
