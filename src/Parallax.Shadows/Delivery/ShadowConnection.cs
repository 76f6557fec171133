using System.Diagnostics;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>One connection to a target: the pump between a <see cref="ClientMachine"/> and its socket, and the requests it
/// carries.</summary>
/// <remarks>Ownership: holds a request's reference from <see cref="Start"/> to the outcome. Thread safety: belongs to the loop's
/// thread.</remarks>
internal sealed class ShadowConnection : ConnectionHandler
{
    private readonly Delivery _delivery;
    private readonly ClientMachine _machine;
    private readonly ShadowUpload _upload;

    // Begun and not answered, oldest first.
    private readonly Queue<Attempt> _underWay = new(1);
    private Connection? _connection;
    private FailureReason _failure;
    private DropReason _givenUp;
    private bool _wasUsed;
    private bool _hasAnswered;
    private bool _hasDelivered;
    private bool _isEnding;
    private bool _isLast;
    private long _firstOctetAt;

    /// <param name="delivery">Whose connection it is.</param>
    /// <param name="session">The session it serves; null when it serves all.</param>
    public ShadowConnection(Delivery delivery, ShadowSession? session)
    {
        _delivery = delivery;
        _machine = new ClientMachine(delivery.Options.MaxResponseBytes, delivery.Options.KeptAnswerBytes, delivery.AnswerPool);
        _upload = new ShadowUpload(delivery, _machine);
        Session = session;
    }

    private readonly record struct Attempt(ShadowRequest Request, long SentAt);

    /// <summary>The session it serves; null when it serves all.</summary>
    public ShadowSession? Session { get; }

    /// <summary>In which list of its delivery it is.</summary>
    public ConnectionList? List { get; set; }

    /// <summary>True when it was opened for a request that is sent for the second time.</summary>
    public bool IsResend { get; private set; }

    /// <summary>True once it was established.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>True when the target ended it without a single octet although it was asked something: as good as refused.</summary>
    /// <param name="reason">Why it closed.</param>
    public bool WasTurnedAway(CloseReason reason) => !_hasAnswered && HasFailed(reason);

    /// <summary>True when it ended in the middle of its first answer, or that was no HTTP.</summary>
    /// <param name="reason">Why it closed.</param>
    public bool BrokeOff(CloseReason reason) => _hasAnswered && !_hasDelivered && HasFailed(reason);

    /// <summary>True when it can take any request: established, those before answered and sent whole.</summary>
    public bool IsIdle => IsReady && _underWay.Count == 0;

    /// <summary>True when it can take a complete request, even after others not answered yet. It can once it has answered one and
    /// stayed open: so a target that closes after each answer is never sent two.</summary>
    public bool HasRoom => IsReady && _underWay.Count < (_wasUsed ? _delivery.Depth : 1);

    private bool IsReady =>
        WasConnected && _upload.IsFree && !_isEnding && !_isLast && _connection is { IsOpen: true };

    /// <summary>Connects; the delivery is told what becomes of it.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="address">Where to.</param>
    /// <param name="options">How.</param>
    /// <param name="resend">A request to be sent first, for the second time; its ownership is taken over.</param>
    public void Connect(IEventLoop loop, System.Net.IPEndPoint address, ConnectOptions options, ShadowRequest? resend)
    {
        if (resend is { } request)
        {
            _underWay.Enqueue(new Attempt(request, 0));
            IsResend = true;
        }

        _connection = loop.Connect(address, this, options);
    }

    /// <summary>Sends a request; there must be room.</summary>
    /// <param name="request">Takes ownership.</param>
    public void Start(in ShadowRequest request)
    {
        Debug.Assert(request.Stream is null ? HasRoom || IsIdle : IsIdle);
        var now = _delivery.Clock.GetNanoseconds();
        if (_underWay.Count == 0)
        {
            SetDeadline();
        }

        _underWay.Enqueue(new Attempt(request, now));
        _delivery.OnSending(request, now);
        _upload.Begin(this, _connection!, request);
    }

    /// <summary>The stream it carries has nothing more to send.</summary>
    public void OnStreamComplete()
    {
        SetDeadline();
        if (_underWay.Count == 0 && _connection!.IsOpen)
        {
            BecomeIdle();
        }
    }

    /// <summary>The stream it carries was given up in its middle; if it is not answered already, that is its outcome.</summary>
    public void GiveUp(DropReason reason)
    {
        _givenUp = reason;
        _connection!.Abort();
    }

    /// <summary>Closes it once its requests are sent and answered; at once when there is none.</summary>
    public void CloseWhenSent()
    {
        _isLast = true;
        if (_underWay.Count == 0 && _upload.IsWhole)
        {
            _connection?.Close();
        }
    }

    /// <summary>Closes it now; requests in flight end as its delivery decides.</summary>
    public void Abort() => _connection?.Abort();

    /// <inheritdoc/>
    public override void OnConnected(Connection connection)
    {
        // A connection within this machine may be established while it is still being asked for.
        _connection = connection;
        connection.SendOrder = SendOrder.Last;
        WasConnected = true;
        if (_underWay.TryDequeue(out var resend))
        {
            Start(resend.Request);
        }
        else
        {
            connection.SetDeadline(_delivery.Options.IdleTimeout);
        }

        _delivery.OnConnected(this);
    }

    /// <inheritdoc/>
    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
    {
        var length = octets.Length;
        while (!octets.IsEmpty && connection.IsOpen)
        {
            if (!_machine.IsAwaitingAnswer)
            {
                // An answer to nothing, such as 408 before the server closes an idle connection.
                connection.Close();
                break;
            }

            if (!_machine.HasAnswerBegun)
            {
                _firstOctetAt = _delivery.Clock.GetNanoseconds();
                OnAnswering();
            }

            OnProgress(_machine.Receive(octets, out var consumed));
            octets = octets[consumed..];
        }

        if (_delivery.Pace is { } pace && connection.IsOpen && _machine.IsAwaitingAnswer && _machine.RawOctets > AnswerPace.FreeBytes)
        {
            pace.OnRead(connection, length);
        }

        return length;
    }

    /// <inheritdoc/>
    public override void OnReadEnded(Connection connection)
    {
        if (_machine.IsAwaitingAnswer)
        {
            OnProgress(_machine.ReceiveEnd(connection.IsTruncated));
        }

        connection.Close();
    }

    /// <inheritdoc/>
    public override void OnWritable(Connection connection)
    {
        if (!connection.IsOpen || !_upload.TryGoOn(connection))
        {
            return;
        }

        SetDeadline();
        if (_upload.IsWhole && _underWay.Count == 0)
        {
            BecomeIdle();
        }
    }

    /// <inheritdoc/>
    public override void OnDeadline(Connection connection)
    {
        if (_underWay.Count == 0 && _upload.IsWhole)
        {
            connection.Close();
        }
        else if (_upload.Stream is { } stream && stream.HasMoved())
        {
            SetDeadline();
        }
        else
        {
            _failure = FailureReason.ResponseTimeout;
            connection.Abort();
        }
    }

    /// <inheritdoc/>
    public override void OnClosed(Connection connection, CloseReason reason)
    {
        _upload.Stop();
        _upload.EndStream();
        _machine.DropAnswer();
        _delivery.OnLost(this, reason);
        EndUnanswered(reason);
        _delivery.OnGone(this);
    }

    private void OnAnswering()
    {
        if (!_hasAnswered)
        {
            _hasAnswered = true;
            _delivery.OnAnswering();
        }
    }

    // One that was cut was long enough.
    private void OnDelivered()
    {
        if (!_hasDelivered)
        {
            _hasDelivered = true;
            _delivery.OnDelivered();
        }
    }

    private bool HasFailed(CloseReason reason) => _underWay.Count > 0
        && (_failure is FailureReason.ClosedEarly or FailureReason.MalformedAnswer
            || reason is CloseReason.Reset or CloseReason.PeerClosed);

    private void OnProgress(AnswerProgress progress)
    {
        switch (progress)
        {
            case AnswerProgress.Pending:
                break;
            case AnswerProgress.Answered:
                // First, because who is told of the outcome may offer the next request at once.
                _isEnding = !_machine.IsReusable;
                OnDelivered();
                EndAnswered(isCut: false);
                GoOn();
                break;
            case AnswerProgress.Cut:
                OnDelivered();
                _connection!.Abort();
                EndAnswered(isCut: true);
                break;
            case AnswerProgress.Malformed:
                _failure = FailureReason.MalformedAnswer;
                _connection!.Abort();
                break;
            case AnswerProgress.EndedEarly:
                _failure = FailureReason.ClosedEarly;
                break;
            default:
                throw new UnreachableException();
        }
    }

    // An answer may come before the request is sent whole. The outcome is told at once; the connection is used again only when the rest is
    // out, so that the target sees the request as the primary did.
    private void GoOn()
    {
        if (_isEnding)
        {
            _connection!.Close();
        }
        else if (_underWay.Count > 0)
        {
            _wasUsed = true;
            SetDeadline();
            _delivery.OnRoom(this);
        }
        else if (_upload.IsWhole)
        {
            BecomeIdle();
        }
    }

    private void BecomeIdle()
    {
        var time = _machine.IdleTime(_delivery.Options.IdleTimeout);
        if (_isLast || time == TimeSpan.Zero)
        {
            _connection!.Close();
            return;
        }

        _wasUsed = true;
        _upload.EndStream();
        _connection!.SetDeadline(time);
        _delivery.OnIdle(this);
    }

    private void SetDeadline() => _connection!.SetDeadline(_delivery.Options.ResponseTimeout);

    private void EndAnswered(bool isCut)
    {
        var attempt = _underWay.Dequeue();
        using var answer = _machine.TakeAnswer();
        End(attempt, new ShadowOutcome
        {
            Context = attempt.Request.Context,
            Result = ShadowResult.Answered,
            Status = _machine.Status,
            BodyOctets = _machine.BodyOctets,
            IsAnswerCut = isCut,
            Answer = answer,
            FirstOctetAt = _firstOctetAt,
        });
    }

    private void EndUnanswered(CloseReason reason)
    {
        var failure = _failure != FailureReason.None ? _failure : Delivery.FailureOf(reason);
        var isAlone = _underWay.Count == 1;
        var hasBegun = _machine.HasAnswerBegun;
        while (_underWay.TryDequeue(out var attempt))
        {
            if (!hasBegun && _wasUsed && ResendRule.Allows(attempt.Request, failure, isAlone, _isEnding)
                && _delivery.TryResend(this, attempt.Request with { WasResent = true }))
            {
                continue;
            }

            var outcome = _delivery.UnansweredOutcome(attempt.Request.Context, failure, _givenUp, reason);
            End(attempt, outcome with { FirstOctetAt = hasBegun ? _firstOctetAt : 0 });
            hasBegun = false;
        }
    }

    private void End(in Attempt attempt, in ShadowOutcome outcome) => _delivery.End(attempt.Request, outcome with
    {
        WasResent = attempt.Request.WasResent,
        OfferedAt = attempt.Request.OfferedAt,
        SentAt = attempt.SentAt,
    });
}
