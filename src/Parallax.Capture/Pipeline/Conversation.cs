using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>What a flow that speaks HTTP/1 says: its halves find messages, and its pairing queue makes exchanges of them.</summary>
/// <remarks>Between messages a half holds no reader, so an idle connection costs this object and what it owns, and nothing else.
/// Thread safety: none; belongs to one flow at a time.</remarks>
internal sealed class Conversation
{
    private readonly FlowRoles _roles;
    private readonly ProtocolRecognition _protocol;
    private readonly ExtractionCounters _counters;
    private readonly HalfExtractor _requests;
    private readonly HalfExtractor _responses;
    private readonly PairingQueue _pairing;
    private bool _isTunnel; // after a CONNECT that was agreed to: what is found is spoken with another server

    /// <param name="roles">Who is the client; known before anything is read.</param>
    /// <param name="protocol">Notes that this is not HTTP/1, or no longer.</param>
    /// <param name="extractors">Lends what reads messages.</param>
    /// <param name="exchanges">Takes the exchanges that are found.</param>
    /// <param name="counters">Counts what is met.</param>
    public Conversation(
        FlowRoles roles, ProtocolRecognition protocol, ExtractorPool extractors, OpenExchanges exchanges, ExtractionCounters counters)
    {
        _roles = roles;
        _protocol = protocol;
        _counters = counters;
        _requests = new(MessageKind.Request, extractors, counters);
        _responses = new(MessageKind.Response, extractors, counters);
        _pairing = new(roles, exchanges);
    }

    /// <summary>Reads the next octets of one half.</summary>
    public void Read(Direction direction, ReadOnlySpan<byte> octets, in SegmentOrigin origin)
    {
        var half = HalfOf(direction);
        if (!half.HasBegun && half.Begin(octets, _roles.Flow.Half(direction)))
        {
            NoteLoss(half);
        }

        if (half.IsOpaque)
        {
            _counters.TunnelOctets += octets.Length;
            return;
        }

        // A client that expected 100 Continue and got its final answer goes on with its next request, or sends the body all the same
        // (RFC 9110 §10.1.1): what it sends shows which.
        if (half == _requests && half.Exchange is { IsRefused: true } && MessageStart.Looks(octets) == MessageLook.Request)
        {
            half.WithholdBody();
        }

        var wasLost = half.IsLost;
        ReadMessages(half, octets, origin);
        if (half.IsLost && !wasLost)
        {
            // What cannot be read is like a gap.
            NoteLoss(half);
        }
    }

    /// <summary>Octets of one half will never be seen.</summary>
    public void SkipGap(Direction direction, int octets)
    {
        var half = HalfOf(direction);
        SkipGap(half, octets);
        if (half.IsLost)
        {
            NoteLoss(half);
        }
    }

    /// <summary>The sender of one half closed it: nothing more will come of it.</summary>
    public void EndHalf(Direction direction) => Finish(HalfOf(direction), isClosed: true);

    /// <summary>The flow is over: hands on what is open, and forgets everything.</summary>
    public void Finish()
    {
        Finish(_requests, isClosed: false);
        Finish(_responses, isClosed: false);
        _pairing.Finish();
        _requests.Reset();
        _responses.Reset();
        _isTunnel = false;
    }

    private HalfExtractor HalfOf(Direction direction) => direction == _roles.Client ? _requests : _responses;

    /// <summary>Whole messages may be missing here: after a gap that the reader lost its place in, before a half without its
    /// SYN.</summary>
    private void NoteLoss(HalfExtractor half) => _pairing.NoteLoss(ofRequests: half == _requests);

    private void ReadMessages(HalfExtractor half, ReadOnlySpan<byte> octets, SegmentOrigin origin)
    {
        half.BeginSegment(octets, origin, _roles.Flow.IsSnapCut);
        ReadEventKind met;
        do
        {
            var readEvent = half.Read(octets, origin, out var consumed);
            met = readEvent.Kind;
            Handle(half, readEvent);
            octets = octets[consumed..];
            origin = origin.Skip(consumed);
        }
        while (met != ReadEventKind.NeedMore);

        if (half.IsLost)
        {
            GiveUpMessage(half);
        }

        half.EndSegment();
    }

    private void SkipGap(HalfExtractor half, int octets)
    {
        if (!half.IsOpaque && half.SkipGap(octets))
        {
            ReadMessages(half, default, default);
        }
    }

    private void Finish(HalfExtractor half, bool isClosed)
    {
        if (half.IsInsideHead && !isClosed)
        {
            // The capture ends inside a head: as with a gap there, what of it was seen is a message.
            SkipGap(half, 1);
        }

        Handle(half, half.Finish(isClosed));
        GiveUpMessage(half);
        half.Release();
    }

    private void Handle(HalfExtractor half, in ReadEvent readEvent)
    {
        switch (readEvent.Kind)
        {
            case ReadEventKind.Head when half == _requests:
                OnRequestHead(readEvent.RawOctets);
                break;
            case ReadEventKind.Head:
                OnResponseHead(readEvent.RawOctets);
                break;
            case ReadEventKind.End when half.Exchange is not null:
                EndMessage(half);
                half.JudgeEnd();
                if (half == _responses && half.AgreesToTunnel)
                {
                    LookIntoTunnel();
                }

                break;
            case ReadEventKind.Malformed:
                OnMalformed(half);
                break;
            case ReadEventKind.Skipped when _isTunnel:
                _counters.TunnelOctets += readEvent.RawOctets.Length;
                break;
            case ReadEventKind.Skipped:
                _counters.SkippedOctets += readEvent.RawOctets.Length;
                break;
        }
    }

    private void OnRequestHead(ReadOnlySpan<byte> octets)
    {
        var isDistrusted = _requests.JudgeHead();
        var exchange = _pairing.BeginRequest(_requests.Head, _requests.Start, isDistrusted);
        exchange.Mark(_isTunnel ? ExchangeFlags.Tunnelled : 0);
        _requests.BeginMessage(exchange, octets);
    }

    private void OnResponseHead(ReadOnlySpan<byte> octets)
    {
        var (head, start) = (_responses.Head, _responses.Start);
        _responses.JudgeHead();
        var exchange = _pairing.FindRequest(start);
        _responses.SetRequestMethod(exchange?.Method ?? KnownMethod.Get);
        _requests.NoteAnswer(head.IsInterim ? start.First.Advance(octets.Length) : start.First);
        if (head.IsInterim)
        {
            exchange?.Mark(ExchangeFlags.InterimSeen);
            return;
        }

        exchange = _pairing.BeginResponse(exchange, start);
        _responses.BeginMessage(exchange, octets);
        if (head.StatusCode == 101)
        {
            exchange.Mark(ExchangeFlags.Upgraded);
            _protocol.Note(
                head.TryFind(octets, "Upgrade"u8, out var upgrade) ? OtherProtocols.OfUpgrade(upgrade.Of(octets)) : OtherProtocol.Unknown);

            // Neither half is HTTP/1 any longer; that of the responses finds out by itself.
            _requests.BecomeOpaque();
        }
        else if (exchange.Method == KnownMethod.Connect && head.StatusCode is >= 200 and < 300)
        {
            exchange.Mark(ExchangeFlags.Tunnelled);
        }
    }

    /// <summary>After a CONNECT that was agreed to anything may follow, clear-text HTTP included: both halves look out for it.</summary>
    private void LookIntoTunnel()
    {
        _isTunnel = true;
        _responses.LookForMessage();
        _requests.LookForMessage();
    }

    private void OnMalformed(HalfExtractor half)
    {
        _counters.Malformed++;
        if (!_pairing.HasBegun)
        {
            _protocol.Note(OtherProtocol.Unknown);
        }

        if (half == _responses && half.Exchange is null)
        {
            _pairing.NoteUnreadable(half.Start);
        }

        GiveUpMessage(half);
    }

    /// <summary>The message at hand will never be whole and its end is not known.</summary>
    private void GiveUpMessage(HalfExtractor half)
    {
        if (half.Exchange is not null)
        {
            EndMessage(half);
        }
    }

    private void EndMessage(HalfExtractor half)
    {
        var exchange = half.EndMessage(out var message);
        if (half == _requests)
        {
            _pairing.EndRequest(exchange, message!, _isTunnel);
        }
        else
        {
            _pairing.EndResponse(exchange, message);
        }
    }
}
