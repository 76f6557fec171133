using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;
using Parallax.Wire.Http1;

namespace Parallax.Recording.Files;

/// <summary>Makes exchanges of the entries of a recording, as a capture would have built them.</summary>
/// <remarks>Thread safety: none.</remarks>
public sealed class RecordedExchanges(OctetPool pool)
{
    private MessageBuilder _builder;

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
        _builder.Begin(pool, kind);
        isIncomplete |= !_builder.AppendWhole(octets);
        _builder.FirstOctetAt = first;
        _builder.LastOctetAt = last.IsKnown ? last : first;
        return _builder.Seal((isIncomplete, isTruncated) switch
        {
            (false, false) => MessageState.Complete,
            (false, true) => MessageState.Truncated,
            (true, false) => MessageState.Incomplete,
            (true, true) => MessageState.IncompleteAndTruncated,
        });
    }
}
