using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Finds out what connections that are not HTTP/1 speak, for the account: one count a connection.</summary>
/// <remarks>Thread safety: none; one per shard.</remarks>
internal sealed class ProtocolRecognition(ExtractionCounters counters)
{
    /// <summary>Segments at the beginning of a connection that are looked at; one that speaks HTTP/2 may show that it is gRPC in the next.
    /// </summary>
    public const int MaxLooks = 8;

    /// <summary>Looks at the next octets of a connection; to be called until <see cref="Conversation.Looks"/> has reached
    /// <see cref="MaxLooks"/>.</summary>
    public void Look(Conversation conversation, ReadOnlySpan<byte> octets)
    {
        conversation.Looks++;
        if (conversation.Protocol is null && OtherProtocols.Of(octets) is var found and not OtherProtocol.Unknown)
        {
            Note(conversation, found);
        }
        else if (conversation.Protocol == OtherProtocol.Http2 && OtherProtocols.IsGrpc(octets))
        {
            counters.OtherProtocols[(int)OtherProtocol.Http2]--;
            conversation.Protocol = null;
            Note(conversation, OtherProtocol.Grpc);
        }

        conversation.Looks = conversation.Protocol is null or OtherProtocol.Http2
            && MessageStart.Looks(octets) is not (MessageLook.Request or MessageLook.Response)
            ? conversation.Looks
            : MaxLooks;
    }

    /// <summary>The connection is none of HTTP/1, or becomes another with its upgrade.</summary>
    public void Note(Conversation conversation, OtherProtocol protocol)
    {
        if (conversation.Protocol is null)
        {
            conversation.Protocol = protocol;
            counters.OtherProtocols[(int)protocol]++;
        }
    }
}
