namespace Parallax.Wire.Http1;

/// <summary>Reads the messages of one direction of one connection from octets that arrive in any pieces.</summary>
/// <remarks>
/// Call <see cref="Read"/> with the octets not consumed yet until it answers <see cref="ReadEventKind.NeedMore"/>; each message is one
/// Head, any number of Body, one End. How the octets were cut into pieces changes how many Body events there are and nothing else, with
/// one exception: a reader that lost its place (<see cref="StartResynchronising"/>) looks for a message only at the beginning of the
/// octets handed in, which is why a capture hands in one TCP segment at a time: text in a body is never taken for a request.
/// Octets are copied only while a head has not arrived whole. In steady state nothing is allocated. Thread safety: none; one owner.
/// </remarks>
public sealed class MessageReader
{
    private readonly MessageKind _kind;
    private readonly Http1Policy _policy;
    private readonly HeadAssembler _heads;
    private readonly HeadBuffer _excess = new();
    private ReaderState _state;
    private ReaderState _afterEnd;
    private BodyReader _body;
    private bool _isTrial; // the head being read may turn out to be none: the reader lost its place before it

    /// <summary>Begins at the start of a connection.</summary>
    /// <param name="kind">Which messages this direction carries.</param>
    /// <param name="policy">What is put up with, and the limits.</param>
    public MessageReader(MessageKind kind, Http1Policy policy)
    {
        _kind = kind;
        _policy = policy;
        _heads = new HeadAssembler(kind, policy, Head, _excess);
    }

    /// <summary>The head of the current message; valid from its Head event to the next call after its End.</summary>
    public MessageHead Head { get; } = new();

    /// <summary>Why the last event was <see cref="ReadEventKind.Malformed"/>, or the message <see cref="IsIncomplete"/>.</summary>
    public Http1Error Error { get; private set; }

    /// <summary>The method of the request that the next response answers; to be set before that response arrives or at its Head event,
    /// before the next call of <see cref="Read"/>. <see cref="KnownMethod.Get"/> by default and again after each final response.</summary>
    public KnownMethod RequestMethod { get; set; } = KnownMethod.Get;

    /// <summary>How the current body ends; of a response final only after the Head event, see <see cref="RequestMethod"/>.</summary>
    public BodyFraming BodyFraming { get; private set; }

    /// <summary>True when octets of the current message were never seen, or it broke off.</summary>
    public bool IsIncomplete { get; private set; }

    /// <summary>What is kept of a head that has not come whole, in bytes of the shared pool.</summary>
    public int HeldBytes => _heads.HeldBytes + _excess.HeldBytes;

    /// <summary>True when no message has begun.</summary>
    public bool AtMessageStart => _state == ReaderState.Head && !_heads.HasBegun;

    /// <summary>True when the reader lost its place: it looks for the next message, or throws away whatever comes.</summary>
    public bool IsLost => _state is ReaderState.Resynchronising or ReaderState.Discarding;

    /// <summary>True when readers may disagree about where the message at hand ends. It is <see cref="IsBroken"/> at its end. After one
    /// whose lengths differ (<see cref="Http1Error.ConflictingContentLengths"/>) the place is lost: what follows may be its body.</summary>
    public bool IsDoubtful =>
        _state is ReaderState.HeadRead or ReaderState.Body or ReaderState.End && DoubtOfMessage != Http1Error.None;

    /// <summary>True when the sender broke the message: its framing is wrong, or the stream was closed before its end. Nothing of it was
    /// lost then, and <see cref="BodyOctets"/> is all there was; but a message like that is <see cref="IsIncomplete"/>, too.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Octets of body content of the current message, those never seen included.</summary>
    public long BodyOctets => _body.ContentOctets;

    /// <summary>Octets of its body on the wire: content, chunk framing and trailers.</summary>
    public long RawBodyOctets => _body.RawOctets;

    /// <summary>True once a trailer field was met in the current body.</summary>
    public bool HasTrailers => _body.HasTrailers;

    /// <summary>Whether the framing of this piece must be rewritten when it is passed on.</summary>
    public OldChunkForm OldChunks => _body.OldChunks;

    /// <summary>True when a part of a head was read.</summary>
    public bool IsInsideHead => _state == ReaderState.Head && _heads.HasBegun && !_isTrial;

    private Http1Error DoubtOfMessage => Head.IsDoubtful && _policy.LooseLengths
        ? Framing.DoubtOf(Head, BodyFraming, _body)
        : Http1Error.None;

    private ReaderState Lost => _policy.Resynchronises ? ReaderState.Resynchronising : ReaderState.Discarding;

    /// <summary>Reads up to the next event.</summary>
    /// <param name="octets">The next octets of this direction; those a call has consumed are not handed in again.</param>
    /// <param name="consumed">How many octets are done with; 0 is possible (<see cref="ReadEventKind.End"/>).</param>
    /// <returns>The event; its views are valid until the next call.</returns>
    public ReadEvent Read(ReadOnlySpan<byte> octets, out int consumed)
    {
        if (_excess.Length > 0)
        {
            var readEvent = ReadNext(_excess.Unread, out var read);
            _excess.Read += read;
            consumed = 0;
            if (readEvent.Kind != ReadEventKind.NeedMore)
            {
                return readEvent;
            }

            _excess.Release();
        }

        return ReadNext(octets, out consumed);
    }

    private ReadEvent ReadNext(ReadOnlySpan<byte> octets, out int consumed)
    {
        if (_state == ReaderState.Resynchronising && MessageStart.IsLikely(octets, _kind))
        {
            (_isTrial, _state) = (true, ReaderState.Head);
        }


        consumed = 0;
        switch (_state)
        {
            case ReaderState.HeadCut:
                return CutHead();
            case ReaderState.HeadRead:
                return BeginBody().ReadBody(octets, out consumed);
            case ReaderState.Body:
                return ReadBody(octets, out consumed);
            case ReaderState.End:
                return End();
            case ReaderState.Tunnel or ReaderState.Resynchronising or ReaderState.Discarding:
                var kind = _state == ReaderState.Tunnel ? ReadEventKind.Opaque : ReadEventKind.Skipped;
                return ReadEvent.All(kind, octets, out consumed);
            default:
                return ReadHead(octets, out consumed);
        }
    }

    /// <summary>Makes everything that follows opaque: this connection's request was a CONNECT answered by 2xx, or an upgrade answered
    /// by 101. To be called on the reader of the requests; that of the responses finds out by itself.</summary>
    /// <remarks>Who forwards octets must not read after a CONNECT or upgrade request before its response has decided this.</remarks>
    public void EnterTunnel() => Restart(ReaderState.Tunnel);

    /// <summary>Forgets the message at hand without an event; the next one is looked for at the beginning of each piece handed in. For
    /// streams that are met in their middle. With a policy that does not resynchronise everything is thrown away instead.</summary>
    public void StartResynchronising() => Restart(Lost);

    /// <summary>Makes the reader as good as new, for another connection.</summary>
    public void Reset()
    {
        Restart(ReaderState.Head);
        Forget();
        _excess.Release();
        RequestMethod = KnownMethod.Get;
    }

    /// <summary>Tells that <paramref name="octets"/> octets of the stream will never be seen.</summary>
    /// <remarks>Inside a body whose extent is known they count as body, the message is marked incomplete and reading goes on after
    /// them. Anywhere else the message is broken off, with an End, and the reader starts resynchronising. A head that breaks off gets its
    /// Head event too if its method and target, or its status, are there. Zero or less does nothing.</remarks>
    public void SkipGap(long octets)
    {
        if (octets <= 0 || _state is ReaderState.HeadCut or ReaderState.Tunnel or ReaderState.Resynchronising or ReaderState.Discarding)
        {
            return;
        }

        if (_state is ReaderState.HeadRead or ReaderState.Body)
        {
            (_state == ReaderState.Body ? this : BeginBody()).SkipInBody(octets);
        }
        else if (_state == ReaderState.End)
        {
            LoseWhatFollows();
        }
        else
        {
            LoseHead();
        }
    }

    /// <summary>Tells that the announced body will not be sent: its request expected 100 Continue and was answered finally
    /// (RFC 9110 §10.1.1). What follows is the next message; this one ends incomplete.</summary>
    /// <returns>False, and nothing is done, when there is no body or some of it was seen already.</returns>
    public bool WithholdBody()
    {
        _ = _state == ReaderState.HeadRead ? BeginBody() : this;
        if (_state != ReaderState.Body || _body.IsComplete || _body.RawOctets > 0)
        {
            return false;
        }

        MarkIncomplete();
        _state = ReaderState.End;
        return true;
    }

    /// <summary>Tells that the next octets are not part of the message at hand, which ends here.</summary>
    public void BreakOff()
    {
        if (_state is ReaderState.HeadRead or ReaderState.Body)
        {
            MarkIncomplete();
            (_state, _afterEnd) = (ReaderState.End, Lost);
        }
    }

    /// <summary>Tells, at the Head event, that the message may be the body of one before it: it is doubtful.</summary>
    public void Distrust() => Head.IsDistrusted = true;

    /// <summary>Tells a reader that lost its place that a message may well begin at <paramref name="octets"/>: what looks like one is
    /// one, also if only the beginning of its head is there.</summary>
    public void Resume(ReadOnlySpan<byte> octets)
    {
        if (_state == ReaderState.Resynchronising && MessageStart.IsLikely(octets, _kind))
        {
            Restart(ReaderState.Head);
        }
    }

    /// <summary>Tells that the stream ends here; <see cref="Read"/> has answered NeedMore before.</summary>
    /// <param name="isClosed">True when the sender closed it; false when no more was seen.</param>
    /// <returns>End for a message that was open, complete if its body ends with the connection and that was closed; Malformed inside a
    /// head; NeedMore when no message was open.</returns>
    public ReadEvent Finish(bool isClosed = true)
    {
        var inHead = IsInsideHead;
        _ = _state == ReaderState.HeadRead ? BeginBody() : this;
        if (_state == ReaderState.Body
            && (IsDoubtful || (!(BodyFraming == BodyFraming.UntilClose && isClosed) && !_body.IsComplete)))
        {
            IsBroken = isClosed && !IsIncomplete;
            MarkIncomplete();
        }

        if (_state is ReaderState.Body or ReaderState.End)
        {
            _afterEnd = ReaderState.Discarding;
            return End();
        }

        Restart(ReaderState.Discarding);
        if (inHead)
        {
            Forget();
            MarkIncomplete();
        }

        return new ReadEvent(inHead ? ReadEventKind.Malformed : ReadEventKind.NeedMore);
    }

    private ReadEvent ReadHead(ReadOnlySpan<byte> octets, out int consumed)
    {
        var status = _heads.TryRead(octets, out consumed, out var headOctets, out var error);
        if (status == HeadStatus.NeedMore)
        {
            return new ReadEvent(ReadEventKind.NeedMore);
        }

        Forget();
        if (status == HeadStatus.Complete)
        {
            BodyFraming = Framing.Of(Head, RequestMethod, _policy, out _, out error);

            // A line without version is not a proof for a reader that lost its place.
            error = _isTrial && _kind == MessageKind.Request && !Head.HasVersion ? Http1Error.InvalidVersion : error;
        }

        if (error != Http1Error.None)
        {
            return Fail(error, octets, out consumed);
        }

        _isTrial = false;
        _state = ReaderState.HeadRead;
        return new ReadEvent(ReadEventKind.Head, headOctets, default);
    }

    /// <summary>A gap fell into the head: what came of it is reported, and the message ends with it.</summary>
    private ReadEvent CutHead()
    {
        _heads.TryCut(out var headOctets);
        (_state, _afterEnd) = (ReaderState.End, Lost);
        return new ReadEvent(ReadEventKind.Head, headOctets, default);
    }

    private MessageReader BeginBody()
    {
        _heads.Release();
        BodyFraming = Framing.Of(Head, RequestMethod, _policy, out var length, out _);
        _body = new BodyReader(BodyFraming == BodyFraming.Tunnel ? BodyFraming.None : BodyFraming, length);
        _state = ReaderState.Body;

        // Behind a CONNECT or upgrade its response decides what comes, whatever Connection says.
        var goesOn = Head.KeepAlive || Head.IsInterim || Head.HasUpgrade || Head.KnownMethod == KnownMethod.Connect;
        _afterEnd = BodyFraming == BodyFraming.Tunnel ? ReaderState.Tunnel
            : goesOn || _policy.ReadsOnAfterClose ? ReaderState.Head
            : ReaderState.Discarding;
        return this;
    }

    private ReadEvent ReadBody(ReadOnlySpan<byte> octets, out int consumed)
    {
        var status = _body.Read(octets, _policy, out consumed, out var content, out var error);
        if (status == BodyStatus.Malformed)
        {
            return Fail(error, octets, out consumed);
        }

        if (status == BodyStatus.Complete)
        {
            EndBody();
            if (consumed == 0)
            {
                return End();
            }
        }

        return consumed == 0 ? new(ReadEventKind.NeedMore) : new(ReadEventKind.Body, octets[..consumed], content.Of(octets));
    }

    private void EndBody()
    {
        if (!IsIncomplete && DoubtOfMessage is var doubt and not Http1Error.None)
        {
            (IsIncomplete, IsBroken, Error) = (true, true, doubt);
            _afterEnd = doubt == Http1Error.ConflictingContentLengths ? Lost : _afterEnd;
        }

        _state = ReaderState.End;
    }

    private ReadEvent End()
    {
        _heads.Release();
        _state = _afterEnd;
        RequestMethod = Head.IsInterim ? RequestMethod : KnownMethod.Get;
        return new ReadEvent(ReadEventKind.End);
    }

    /// <summary>Gives the message up with all octets at hand: where it would end is no longer known.</summary>
    private ReadEvent Fail(Http1Error error, ReadOnlySpan<byte> octets, out int consumed)
    {
        var wasTrial = _isTrial;
        IsBroken = _state == ReaderState.Body && !IsIncomplete;
        Restart(Lost);
        IsIncomplete = true;
        Error = error;
        return ReadEvent.All(wasTrial ? ReadEventKind.Skipped : ReadEventKind.Malformed, octets, out consumed);
    }

    private void SkipInBody(long octets)
    {
        if (!_body.IsComplete)
        {
            MarkIncomplete();
            if (_body.TrySkip(octets))
            {
                return;
            }
        }

        LoseWhatFollows();
    }

    private void LoseWhatFollows() =>
        (_state, _afterEnd) = (ReaderState.End, _afterEnd == ReaderState.Tunnel ? ReaderState.Tunnel : Lost);

    private void LoseHead()
    {
        if (IsInsideHead)
        {
            Forget();
            MarkIncomplete();
            if (_heads.TryCut(out _))
            {
                _state = ReaderState.HeadCut;
                return;
            }
        }

        Restart(Lost);
    }

    private void MarkIncomplete() => (IsIncomplete, Error) = (true, Http1Error.Truncated);

    private void Restart(ReaderState state)
    {
        _heads.Release();
        _isTrial = false;
        _state = state;
    }

    private void Forget()
    {
        _body = default;
        BodyFraming = BodyFraming.None;
        IsIncomplete = IsBroken = false;
        Error = Http1Error.None;
    }
}
