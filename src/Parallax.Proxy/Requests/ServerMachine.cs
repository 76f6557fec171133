using Parallax.Wire.Http1;

namespace Parallax.Proxy.Requests;

/// <summary>The server's side of one client connection: reads one request at a time, and not the next before this one is answered. It
/// owns no socket and knows no time.</summary>
/// <remarks>How the received octets were cut makes no difference. Octets after a request are left where they are: they are the next
/// request, or, after a CONNECT or upgrade, the tunnel's. Thread safety: none.</remarks>
internal sealed class ServerMachine(Http1Policy policy)
{
    private readonly MessageReader _reader = new(MessageKind.Request, policy);
    private State _state;

    private enum State : byte
    {
        Head,
        Body,
        Whole,
        Refused,
    }

    /// <summary>The head of the request at hand; valid from its event until <see cref="BeginNext"/>.</summary>
    public MessageHead Head => _reader.Head;

    /// <summary>Why the last event was malformed.</summary>
    public Http1Error Error => _reader.Error;

    /// <summary>True when the request has a body, be it ever so short.</summary>
    public bool HasBody => _reader.BodyFraming != BodyFraming.None;

    /// <summary>True once the request was read to its end.</summary>
    public bool IsWhole => _state == State.Whole;

    /// <summary>True between the head and the end of a request.</summary>
    public bool IsInBody => _state == State.Body;

    /// <summary>True when nothing of a request has come.</summary>
    public bool IsIdle => _state == State.Head && _reader.AtMessageStart;

    /// <summary>True when octets of the body came.</summary>
    public bool HasBodyBegun => _reader.RawBodyOctets > 0;

    /// <summary>What is kept of a head that has not come whole, in bytes.</summary>
    public int HeldBytes => _reader.HeldBytes;

    /// <summary>Octets of the body's content so far.</summary>
    public long BodyOctets => _reader.BodyOctets;

    /// <summary>Reads up to the next event: Head, Body, End, Malformed or NeedMore. After End nothing is consumed until
    /// <see cref="BeginNext"/>, after Malformed everything is thrown away.</summary>
    public ReadEvent Read(ReadOnlySpan<byte> octets, out int consumed)
    {
        if (_state is State.Whole)
        {
            consumed = 0;
            return default;
        }

        if (_state is State.Refused)
        {
            consumed = octets.Length;
            return default;
        }

        var readEvent = _reader.Read(octets, out consumed);
        _state = readEvent.Kind switch
        {
            ReadEventKind.Head => State.Body,
            ReadEventKind.End => State.Whole,
            ReadEventKind.Malformed or ReadEventKind.Skipped => State.Refused,
            _ => _state,
        };
        return readEvent;
    }

    /// <summary>Throws away what is there of a head and everything that follows.</summary>
    public void Refuse()
    {
        _reader.EnterTunnel();
        _state = State.Refused;
    }

    /// <summary>The request is answered: what follows is the next one.</summary>
    public void BeginNext() => _state = State.Head;
}
