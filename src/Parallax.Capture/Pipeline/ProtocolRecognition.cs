using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Finds out what a connection that is not HTTP/1 speaks, for the account: one count a connection.</summary>
/// <remarks>Thread safety: none; belongs to one flow.</remarks>
internal sealed class ProtocolRecognition(ExtractionCounters counters)
{
    /// <summary>Segments at the beginning of a connection that are looked at; one that speaks HTTP/2 may show that it is gRPC in the next.
    /// </summary>
    private const int MaxLooks = 8;

    private OtherProtocol? _found; // null while nothing speaks against HTTP/1
    private int _looks;

    /// <summary>True when the octets that follow tell nothing more.</summary>
    public bool IsSettled => _looks == MaxLooks;

    /// <summary>Looks at the next octets of the connection; to be called until it <see cref="IsSettled"/>.</summary>
    public void Look(ReadOnlySpan<byte> octets)
    {
        _looks++;
        if (_found is null && OtherProtocols.Of(octets) is var found and not OtherProtocol.Unknown)
        {
            Note(found);
        }
        else if (_found == OtherProtocol.Http2 && OtherProtocols.IsGrpc(octets))
        {
            counters.OtherProtocols[(int)OtherProtocol.Http2]--;
            _found = null;
            Note(OtherProtocol.Grpc);
        }

        _looks = _found is null or OtherProtocol.Http2
            && MessageStart.Looks(octets) is not (MessageLook.Request or MessageLook.Response)
            ? _looks
            : MaxLooks;
    }

    /// <summary>The connection is none of HTTP/1, or becomes another with its upgrade. The first note counts.</summary>
    public void Note(OtherProtocol protocol)
    {
        if (_found is null)
        {
            _found = protocol;
            counters.OtherProtocols[(int)protocol]++;
        }
    }

    /// <summary>The connection ends and never showed who is its client; without any octets there is nothing to recognise.</summary>
    public void NoteUnrecognised()
    {
        if (_looks > 0)
        {
            Note(OtherProtocol.Unknown);
        }
    }

    public void Reset()
    {
        _found = null;
        _looks = 0;
    }
}
