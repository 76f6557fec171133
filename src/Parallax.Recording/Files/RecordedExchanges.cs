using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;
using Parallax.Wire.Http1;

namespace Parallax.Recording.Files;

/// <summary>Makes exchanges of the entries of a recording, as a capture would have built them.</summary>
/// <remarks>Thread safety: none.</remarks>
public sealed class RecordedExchanges(OctetPool pool)
{
    private readonly RecordedMessage _message = new();

    /// <summary>An exchange with the entry's octets, which are copied.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>The caller's, to be disposed of.</returns>
    public Exchange Make(in RecordedEntry entry)
    {
        var facts = entry.Facts;
        var exchange = new Exchange
        {
            Id = facts.Id,
            Session = facts.Session,
            SequenceInSession = facts.SequenceInSession,
            Client = facts.Client,
            Server = facts.Server,
            Vni = facts.Vni,
        };
        exchange.Mark(facts.Flags);
        if (entry.HasRequest)
        {
            exchange.SetRequest(Message(
                MessageKind.Request, entry.Request, facts.RequestFirst, facts.RequestLast,
                facts.Flags.HasFlag(ExchangeFlags.RequestIncomplete), facts.Flags.HasFlag(ExchangeFlags.RequestTruncated)));
        }

        if (entry.HasResponse)
        {
            exchange.SetResponse(Message(
                MessageKind.Response, entry.Response, facts.ResponseFirst, facts.ResponseLast,
                facts.Flags.HasFlag(ExchangeFlags.ResponseIncomplete), facts.Flags.HasFlag(ExchangeFlags.ResponseTruncated)));
        }

        return exchange;
    }

    private Message Message(
        MessageKind kind, ReadOnlySpan<byte> octets, Timestamp first, Timestamp last, bool isIncomplete, bool isTruncated)
    {
        var message = Traffic.Exchanges.Message.Rent(pool, kind);
        var isRead = _message.TryRead(kind, octets);
        var headLength = isRead ? _message.Head.Length : octets.Length;
        message.AppendHead(octets[..headLength], Http1Policy.Passive, octets.Length - headLength);
        message.Append(octets[headLength..]);
        message.BodyOctets = isRead ? _message.ContentOf(octets).Length : 0;
        message.FirstOctetAt = first;
        message.LastOctetAt = last.IsKnown ? last : first;
        message.IsIncomplete = isIncomplete || !isRead;
        message.IsTruncated = isTruncated;
        message.IsComplete = !message.IsIncomplete && !isTruncated;
        return message;
    }
}
