using System.Diagnostics;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Pipeline;

/// <summary>Finds the messages of one half of a conversation and stores them; knows where the half stands and whether what comes next can
/// be trusted to be a message.</summary>
/// <remarks>A segment is <see cref="BeginSegment"/>, <see cref="Read"/> until it needs more, <see cref="EndSegment"/>. Thread safety: none;
/// belongs to one conversation, which carries out what was read.</remarks>
internal sealed class HalfExtractor(MessageKind kind, ExtractorPool extractors, ExtractionCounters counters)
{
    private MessageExtractor? _extractor; // null between messages
    private SequenceNumber? _headAcknowledgment; // what its sender had acknowledged with the latest head; null before the first
    private bool _isInDoubt; // after a message whose end is in doubt: until it is answered, what follows may be its body
    private bool _isInDoubtfulMessage; // while the end of the message at hand is in doubt
    private bool _isBarred; // nothing tells its end: until it is answered, no message is made of what follows

    /// <summary>True once octets of it were read.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>True when the half lost its place and looks for the next message.</summary>
    public bool IsLost { get; private set; }

    /// <summary>True after an upgrade: no longer HTTP/1.</summary>
    public bool IsOpaque { get; private set; }

    /// <summary>The exchange the message at hand belongs to; null between messages.</summary>
    public PendingExchange? Exchange { get; private set; }

    /// <summary>True when a head has come in part.</summary>
    public bool IsInsideHead => _extractor is { Reader.IsInsideHead: true };

    /// <summary>The head that was read last.</summary>
    public MessageHead Head => Reader.Head;

    /// <summary>Where the message at hand, or the head that is being read, begins.</summary>
    public SegmentOrigin Start => _extractor!.Start;

    /// <summary>True when the response that was read last opens a tunnel, other than with an upgrade.</summary>
    public bool AgreesToTunnel => Reader.BodyFraming == BodyFraming.Tunnel && Head.StatusCode != 101;

    private MessageReader Reader => _extractor!.Reader;

    /// <summary>The first octets come. Without its SYN, or after a gap, a half may begin anywhere, inside a body as well; the look of a
    /// start line tells that it does not.</summary>
    /// <returns>True when whole messages may be missing before them.</returns>
    public bool Begin(ReadOnlySpan<byte> octets, FlowHalf octetsOf)
    {
        HasBegun = true;
        if (octetsOf.HasSyn && !octetsOf.HasGap)
        {
            return false;
        }

        IsLost = MessageStart.IsInsideMethod(octets)
            || (MessageStart.Looks(octets) is MessageLook.Neither or MessageLook.Undecided && !MessageStart.MayBe(octets, kind));
        return true;
    }

    /// <summary>A segment begins: its numbers show whether a message may begin with it.</summary>
    public void BeginSegment(ReadOnlySpan<byte> octets, in SegmentOrigin origin, bool isSnapCut)
    {
        _extractor ??= extractors.Rent(kind, IsLost);
        if (!_isBarred && !IsLost && !_isInDoubtfulMessage)
        {
            return;
        }

        _isBarred &= !GoesOn(origin);
        if (Reader.IsDoubtful && GoesOn(origin) && LooksLikeMessage(octets))
        {
            Reader.BreakOff();
        }
        else if (IsLost && isSnapCut && (GoesOn(origin) || LooksLikeMessage(octets)))
        {
            // The snap length cuts the end of each segment, never its beginning.
            Reader.Resume(octets);
        }
    }

    /// <summary>Reads as far as the next event. Bodies are stored here, and an upgrade is noted.</summary>
    /// <param name="octets">What is left of the segment.</param>
    /// <param name="origin">Where that comes from.</param>
    /// <param name="consumed">How many of the octets were used up.</param>
    /// <returns>What was met; with <see cref="ReadEventKind.NeedMore"/> the segment is used up, and <see cref="IsLost"/> says whether the
    /// half has lost its place.</returns>
    public ReadEvent Read(ReadOnlySpan<byte> octets, in SegmentOrigin origin, out int consumed)
    {
        consumed = octets.Length;
        if (IsOpaque)
        {
            counters.TunnelOctets += octets.Length;
            IsLost = Reader.IsLost;
            return default;
        }

        if (_isBarred)
        {
            // What may be the body of a message whose end is in doubt is not a message.
            counters.SkippedOctets += octets.Length;
            return ReadNext(default, origin, out _);
        }

        return ReadNext(octets, origin, out consumed);
    }

    /// <summary>The segment is used up: gives back what is not needed between messages.</summary>
    public void EndSegment()
    {
        _extractor!.CountHeld();
        if (Exchange is null && (IsOpaque || IsLost || Reader.AtMessageStart))
        {
            Release();
        }
    }

    /// <summary>Octets will never be seen.</summary>
    /// <returns>True when a message was in progress, so that there are events to read.</returns>
    public bool SkipGap(int octets)
    {
        if (_extractor is null)
        {
            IsLost = true;
            return false;
        }

        Reader.SkipGap(octets);
        return true;
    }

    /// <summary>Nothing more will come. To be followed by <see cref="Release"/>.</summary>
    /// <param name="isClosed">True when its sender closed it.</param>
    /// <returns>What that means for the message in progress; nothing when there is none.</returns>
    public ReadEvent Finish(bool isClosed) => _extractor is null ? default : Reader.Finish(isClosed);

    /// <summary>A head was read.</summary>
    /// <returns>True when it may be part of the body of a message before it.</returns>
    public bool JudgeHead()
    {
        _isInDoubtfulMessage = Reader.IsDoubtful;
        if (_isInDoubt && !GoesOn(Start))
        {
            Reader.Distrust();
            _isInDoubtfulMessage = true;
            return true;
        }

        _headAcknowledgment = Start.Acknowledgment;
        return false;
    }

    /// <summary>Says, before the body of a response is read, what it answers.</summary>
    public void SetRequestMethod(KnownMethod method) => Reader.RequestMethod = method;

    /// <summary>Begins to store the message whose head was read.</summary>
    public void BeginMessage(PendingExchange exchange, ReadOnlySpan<byte> head)
    {
        Exchange = exchange;
        _extractor!.Begin(head);
    }

    /// <summary>The message at hand is over, or given up.</summary>
    /// <param name="message">Null when messages of this half are only read.</param>
    /// <returns>The exchange it belongs to.</returns>
    public PendingExchange EndMessage(out Message? message)
    {
        var exchange = Exchange!;
        message = _extractor!.End();
        Exchange = null;
        return exchange;
    }

    /// <summary>The end of a message was read: what is wrong with the message says whether what follows can be trusted.</summary>
    public void JudgeEnd()
    {
        var error = Reader.Error;
        _isInDoubtfulMessage = false;
        _isBarred = error == Http1Error.ConflictingContentLengths;
        _isInDoubt = _isBarred || error == Http1Error.LengthAndTransferEncoding;
    }

    /// <summary>The other half answers at <paramref name="start"/>, or an interim response ended there. What is sent after the client
    /// received more than that may be its next message.</summary>
    public void NoteAnswer(SequenceNumber start)
    {
        if ((IsLost || _isInDoubt || _isInDoubtfulMessage) && _headAcknowledgment is { } latest && start.OctetsSince(latest) > 0)
        {
            _headAcknowledgment = start;
        }
    }

    /// <summary>The body that was announced will not be sent: the next request comes in its place.</summary>
    public void WithholdBody() => Reader.WithholdBody();

    /// <summary>Another protocol follows.</summary>
    public void BecomeOpaque()
    {
        IsOpaque = true;
        if (Exchange is null)
        {
            Release();
        }
    }

    /// <summary>Anything may follow: a message is looked for.</summary>
    public void LookForMessage()
    {
        IsLost = true;
        if (Exchange is null)
        {
            _extractor?.Reader.StartResynchronising();
        }
    }

    /// <summary>Gives back what reads messages; no message may be at hand.</summary>
    public void Release()
    {
        Debug.Assert(Exchange is null);
        if (_extractor is { } extractor)
        {
            _extractor = null;
            extractors.Return(extractor);
        }
    }

    /// <summary>Forgets everything, so that another conversation can use it.</summary>
    public void Reset()
    {
        Release();
        HasBegun = IsLost = IsOpaque = _isInDoubt = _isInDoubtfulMessage = _isBarred = false;
        _headAcknowledgment = null;
    }

    private static bool LooksLikeMessage(ReadOnlySpan<byte> octets) =>
        MessageStart.Looks(octets) is MessageLook.Request or MessageLook.Response;

    /// <summary>True when the sender had received more than when it sent the latest head: what it sends may be its next message.</summary>
    private bool GoesOn(in SegmentOrigin origin) =>
        _headAcknowledgment is { } latest && origin.HasAcknowledgment && origin.Acknowledgment.OctetsSince(latest) > 0;

    private ReadEvent ReadNext(ReadOnlySpan<byte> octets, in SegmentOrigin origin, out int consumed)
    {
        var extractor = _extractor!;
        extractor.Follow(octets, origin);
        var readEvent = extractor.Reader.Read(octets, out consumed);
        switch (readEvent.Kind)
        {
            case ReadEventKind.NeedMore:
                IsLost = extractor.Reader.IsLost;
                break;
            case ReadEventKind.Body when Exchange is not null:
                extractor.AddBody(readEvent);
                break;
            case ReadEventKind.Opaque:
                IsOpaque = true;
                counters.TunnelOctets += readEvent.RawOctets.Length;
                break;
        }

        return readEvent;
    }
}
