using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Reads the halves of conversations: what the reader meets becomes the beginnings and ends of exchanges.</summary>
/// <remarks>Thread safety: none; one per shard.</remarks>
internal sealed class Extraction(ExtractorPool extractors, Pairing pairing, ProtocolRecognition protocols, ExtractionCounters counters)
{
    /// <summary>Reads the next octets of <paramref name="half"/>.</summary>
    public void Read(in ConversationHalf half, ReadOnlySpan<byte> octets, SegmentOrigin origin)
    {
        var state = half.State;
        var extractor = state.Extractor ??= extractors.Rent(half.IsRequests, state.IsLost);
        var status = ReadEventKind.Head;
        if (state.IsBarred || state.IsLost || state.IsInDoubtfulMessage)
        {
            FindPlace(half, extractor, octets, origin);
        }

        while (status != ReadEventKind.NeedMore && !state.IsOpaque)
        {
            if (state.IsBarred)
            {
                // What may be the body of a message whose end is in doubt is not a message.
                counters.SkippedOctets += octets.Length;
                octets = default;
            }

            extractor.Follow(octets, origin);
            var readEvent = extractor.Reader.Read(octets, out var consumed);
            status = readEvent.Kind;
            Handle(half, extractor, readEvent);
            octets = octets[consumed..];
            origin = origin.Skip(consumed);
        }

        counters.TunnelOctets += octets.Length;
        state.IsLost = extractor.Reader.IsLost;
        if (state.IsLost)
        {
            GiveUpMessage(half);
        }

        Count(extractor, extractor.HeldBytes);

        if (state.IsOpaque || state.IsLost || extractor.Reader.AtMessageStart)
        {
            Release(state);
        }
    }

    /// <summary>A segment begins: the numbers show whether a message may begin with it.</summary>
    private static void FindPlace(in ConversationHalf half, HalfExtractor extractor, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
    {
        var (state, reader) = (half.State, extractor.Reader);
        state.IsBarred &= !state.GoesOn(origin);
        if (reader.IsDoubtful && state.GoesOn(origin) && LooksLikeMessage(octets))
        {
            reader.BreakOff();
        }
        else if (state.IsLost && half.Flow.IsSnapCut && (state.GoesOn(origin) || LooksLikeMessage(octets)))
        {
            // The snap length cuts the end of each segment, never its beginning.
            reader.Resume(octets);
        }
    }

    private static bool LooksLikeMessage(ReadOnlySpan<byte> octets) =>
        MessageStart.Looks(octets) is MessageLook.Request or MessageLook.Response;

    /// <summary>Octets of <paramref name="half"/> will never be seen.</summary>
    public void SkipGap(in ConversationHalf half, int octets)
    {
        if (half.State.Extractor is { } extractor)
        {
            extractor.Reader.SkipGap(octets);
            Read(half, default, default);
        }
        else
        {
            half.State.IsLost = true;
        }
    }

    /// <summary>Nothing more will come of <paramref name="half"/>.</summary>
    /// <param name="half">Which.</param>
    /// <param name="isClosed">True when its sender closed it.</param>
    public void Finish(in ConversationHalf half, bool isClosed)
    {
        if (half.State.Extractor is { Reader.IsInsideHead: true } && !isClosed)
        {
            // The capture ends inside a head: as with a gap there, what of it was seen is a message.
            SkipGap(half, 1);
        }

        if (half.State.Extractor is { } extractor)
        {
            Handle(half, extractor, extractor.Reader.Finish(isClosed));
            GiveUpMessage(half);
            Release(half.State);
        }
    }

    private void Handle(in ConversationHalf half, HalfExtractor extractor, in ReadEvent readEvent)
    {
        switch (readEvent.Kind)
        {
            case ReadEventKind.Head:
                OnHead(half, extractor, readEvent.RawOctets);
                break;
            case ReadEventKind.Body when extractor.Exchange is not null:
                extractor.AddBody(readEvent);
                break;
            case ReadEventKind.End when extractor.Exchange is not null:
                OnEnd(half, extractor);
                half.State.EndMessage(extractor.Reader.Error);
                LookIntoTunnel(half, extractor);
                break;
            case ReadEventKind.Malformed:
                counters.Malformed++;
                if (half.Conversation.NextSequence == 0)
                {
                    protocols.Note(half.Conversation, OtherProtocol.Unknown);
                }

                if (!half.IsRequests && extractor.Exchange is null)
                {
                    Pairing.NoteUnreadable(half.Conversation, extractor.Start);
                }

                GiveUpMessage(half);
                break;
            case ReadEventKind.Skipped when half.Conversation.IsTunnel:
                counters.TunnelOctets += readEvent.RawOctets.Length;
                break;
            case ReadEventKind.Skipped:
                counters.SkippedOctets += readEvent.RawOctets.Length;
                break;
            case ReadEventKind.Opaque:
                half.State.IsOpaque = true;
                counters.TunnelOctets += readEvent.RawOctets.Length;
                break;
        }
    }

    private void OnHead(in ConversationHalf half, HalfExtractor extractor, ReadOnlySpan<byte> octets)
    {
        var (state, head) = (half.State, extractor.Reader.Head);
        state.IsInDoubtfulMessage = extractor.Reader.IsDoubtful;
        var isDistrusted = state.IsInDoubt && !state.GoesOn(extractor.Start);
        if (isDistrusted)
        {
            extractor.Reader.Distrust();
            state.IsInDoubtfulMessage = true;
        }
        else
        {
            state.HeadAcknowledgment = extractor.Start.Acknowledgment;
        }

        if (half.IsRequests)
        {
            extractor.Begin(octets);
            extractor.Exchange = pairing.BeginRequest(half.Flow, half.Conversation, head, extractor.Start);
            extractor.Exchange.IsDistrusted = isDistrusted;
            return;
        }

        var exchange = Pairing.FindRequest(half.Conversation, extractor.Start);
        extractor.Reader.RequestMethod = exchange?.Method ?? KnownMethod.Get;
        if (half.Conversation.Requests is { IsLost: true } or { IsInDoubt: true } or { IsInDoubtfulMessage: true })
        {
            half.Conversation.Requests.NoteAnswer(head.IsInterim ? extractor.Start.First.Advance(octets.Length) : extractor.Start.First);
        }

        if (head.IsInterim)
        {
            exchange?.Flags |= ExchangeFlags.InterimSeen;
            return;
        }

        extractor.Begin(octets);
        extractor.Exchange = pairing.BeginResponse(half.Flow, half.Conversation, exchange, extractor.Start);
        if (head.StatusCode == 101)
        {
            extractor.Exchange.Flags |= ExchangeFlags.Upgraded;
            protocols.Note(
                half.Conversation,
                head.TryFind(octets, "Upgrade"u8, out var upgrade) ? OtherProtocols.OfUpgrade(upgrade.Of(octets)) : OtherProtocol.Unknown);
            BecomeOpaque(half.Conversation.Requests);
        }
        else if (extractor.Exchange.Method == KnownMethod.Connect && head.StatusCode is >= 200 and < 300)
        {
            extractor.Exchange.Flags |= ExchangeFlags.Tunnelled;
        }
    }

    /// <summary>Another protocol follows: neither half is HTTP/1 any longer. That of the responses finds out by itself.</summary>
    private void BecomeOpaque(HalfState requests)
    {
        requests.IsOpaque = true;
        if (requests.Extractor is { Exchange: null })
        {
            Release(requests);
        }
    }

    /// <summary>Behind a CONNECT that was agreed to anything may follow, clear-text HTTP included: both halves look out for it.</summary>
    private static void LookIntoTunnel(in ConversationHalf half, HalfExtractor extractor)
    {
        var reader = extractor.Reader;
        if (half.IsRequests || reader.BodyFraming != BodyFraming.Tunnel || reader.Head.StatusCode == 101)
        {
            return;
        }

        reader.StartResynchronising();
        half.Conversation.IsTunnel = true;
        half.Conversation.Requests.IsLost = true;
        if (half.Conversation.Requests.Extractor is { Exchange: null } requests)
        {
            requests.Reader.StartResynchronising();
        }
    }

    private void OnEnd(in ConversationHalf half, HalfExtractor extractor)
    {
        var exchange = extractor.Exchange!;
        var message = extractor.End();
        extractor.Exchange = null;
        if (half.IsRequests)
        {
            pairing.EndRequest(half.Flow, half.Conversation, exchange, message!);
        }
        else
        {
            pairing.EndResponse(half.Flow, half.Conversation, exchange, message);
        }
    }

    /// <summary>The message at hand will never be whole and its end is not known.</summary>
    private void GiveUpMessage(in ConversationHalf half)
    {
        if (half.State.Extractor is { Exchange: not null } extractor)
        {
            OnEnd(half, extractor);
        }
    }

    /// <summary>Brings the shard's count of held bytes up to what <paramref name="extractor"/> holds now.</summary>
    private void Count(HalfExtractor extractor, long held)
    {
        counters.HeldBytes += held - extractor.CountedBytes;
        extractor.CountedBytes = held;
    }

    private void Release(HalfState state)
    {
        if (state.Extractor is { } extractor)
        {
            Count(extractor, 0);
            state.Extractor = null;
            extractors.Return(extractor);
        }
    }
}
