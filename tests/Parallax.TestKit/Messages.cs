using System.Buffers;
using System.Text;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.TestKit;

/// <summary>Requests as a capture would build them.</summary>
public static class Messages
{
    /// <summary>A request from its text, one character an octet; complete unless it is said otherwise.</summary>
    public static Message Request(
        OctetPool pool, string head, ReadOnlySpan<byte> body = default, MessageState state = MessageState.Complete)
    {
        var message = default(MessageBuilder);
        message.Begin(pool, MessageKind.Request);
        Must(message.AppendHead(Encoding.Latin1.GetBytes(head), Http1Policy.Passive, body.Length));
        message.Append(body);
        return message.Seal(state);
    }

    /// <summary>A complete request with its final head, as a proxy would build it.</summary>
    public static Message Prepared(OctetPool pool, string head, ReadOnlySpan<byte> body = default) =>
        BeginPrepared(pool, head, body).Seal(MessageState.Complete);

    /// <summary>The beginning of such a request, with more to come.</summary>
    public static MessageBuilder BeginPrepared(OctetPool pool, string head, ReadOnlySpan<byte> body = default)
    {
        var method = Enum.TryParse<KnownMethod>(head[..head.IndexOf(' ', StringComparison.Ordinal)], true, out var known)
            ? known
            : KnownMethod.Other;
        var message = default(MessageBuilder);
        message.BeginPrepared(pool, method, head.Length + body.Length).Write(Encoding.Latin1.GetBytes(head));
        message.EndHead();
        message.Append(body);
        return message;
    }

    public static MessageHead Head(string text, out byte[] octets)
    {
        octets = Encoding.Latin1.GetBytes(text);
        var head = new MessageHead();
        Must(HeadReader.TryRead(octets, MessageKind.Request, Http1Policy.Passive, head, out _) == HeadStatus.Complete);
        return head;
    }

    public static byte[] RawOctets(Message message)
    {
        var octets = new List<byte>();
        foreach (var block in message.Blocks)
        {
            octets.AddRange(block.Span);
        }

        return [.. octets];
    }

    private static void Must(bool isHead)
    {
        if (!isHead)
        {
            throw new ArgumentException("the text is not the head of a request");
        }
    }
}
