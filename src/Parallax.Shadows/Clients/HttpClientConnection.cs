using System.Diagnostics;
using System.Net;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Clients;

/// <summary>One connection to a server: the pump between a <see cref="ClientMachine"/> and its socket, and the requests it
/// carries.</summary>
/// <remarks>Ownership: holds a request's reference from <see cref="Start"/> to the outcome. Thread safety: belongs to the loop's
/// thread.</remarks>
internal sealed class HttpClientConnection : ConnectionHandler, IListed<HttpClientConnection>, IStreamCarrier
{
    private readonly ClientContext _context;
    private readonly IConnectionListener _listener;
    private readonly IRequestListener _requests;
    private readonly ClientMachine _machine;
    private readonly RequestUpload _upload;

    // Begun and not answered, oldest first.
    private readonly Queue<SentRequest> _unanswered = new(1);
    private Connection? _connection;
    private FailureReason _failure;
    private DropReason _givenUp;
    private bool _wasUsed;
    private bool _hasAnswered;
    private bool _hasDelivered;
    private bool _isEnding;
    private bool _isLast;
    private long _firstOctetAt;

    /// <param name="context">What it shares with others.</param>
    /// <param name="listener">Learns what it can take, and how it ends.</param>
    /// <param name="requests">Learns how its requests end.</param>
    /// <param name="owner">See <see cref="Owner"/>.</param>
    public HttpClientConnection(
        ClientContext context, IConnectionListener listener, IRequestListener requests, object? owner)
    {
        _context = context;
        _listener = listener;
        _requests = requests;
        _machine = new ClientMachine(context.Options.MaxResponseBytes, context.Options.KeptAnswerBytes, context.AnswerPool);
        _upload = new RequestUpload(context.Heads, _machine);
        Owner = owner;
    }

    /// <summary>What has it to itself, for the listener to find again; null when it serves all.</summary>
    public object? Owner { get; }

    /// <inheritdoc/>
    public ConnectionList<HttpClientConnection>? List { get; set; }

    /// <summary>True when it was opened for a request that is sent for the second time.</summary>
    public bool IsResend { get; private set; }

    /// <summary>True once it was established.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>True when the server ended it without a single octet although it was asked something: as good as refused.</summary>
    /// <param name="reason">Why it closed.</param>
    public bool WasTurnedAway(CloseReason reason) => !_hasAnswered && HasFailed(reason);

    /// <summary>True when it ended in the middle of its first answer, or that was no HTTP.</summary>
    /// <param name="reason">Why it closed.</param>
    public bool BrokeOff(CloseReason reason) => _hasAnswered && !_hasDelivered && HasFailed(reason);

    /// <summary>True when it can take any request: established, those before answered and sent whole.</summary>
    public bool IsIdle => IsReady && _unanswered.Count == 0;

    /// <summary>True when it can take a complete request, even after others not answered yet. It can once it has answered one and
    /// stayed open: so a server that closes after each answer is never sent two.</summary>
    public bool HasRoom => IsReady && _unanswered.Count < (_wasUsed ? _context.Options.PipelineDepth : 1);

    private bool IsReady =>
        WasConnected && _upload.IsFree && !_isEnding && !_isLast && _connection is { IsOpen: true };

    /// <summary>Connects; the listener learns whether it was established.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="options">How.</param>
    /// <param name="resend">A request to be sent first, for the second time; its ownership is taken over.</param>
    public void Connect(IPEndPoint address, ConnectOptions options, OutgoingRequest? resend)
    {
        if (resend is { } request)
        {
            _unanswered.Enqueue(new SentRequest(request, 0));
            IsResend = true;
        }

        _connection = _context.Loop.Connect(address, this, options);
    }

    /// <summary>Sends a request; there must be room.</summary>
    /// <param name="request">Takes ownership.</param>
    public void Start(in OutgoingRequest request)
    {
        Debug.Assert(request.Stream is null ? HasRoom || IsIdle : IsIdle);
        var now = _context.Clock.GetNanoseconds();
        if (_unanswered.Count == 0)
        {
            SetDeadline();
        }

        _unanswered.Enqueue(new SentRequest(request, now));
        _requests.OnSending(request, now);
        _upload.Begin(this, _connection!, request);
    }

    /// <inheritdoc/>
    public void OnStreamComplete()
    {
        SetDeadline();
        if (_unanswered.Count == 0 && _connection!.IsOpen)
        {
            BecomeIdle();
        }
    }

    /// <inheritdoc/>
    public void GiveUp(RequestStream stream, DropReason reason)
    {
        _givenUp = reason;
        _connection!.Abort();
    }

    /// <summary>Closes it once its requests are sent and answered; at once when there is none.</summary>
    public void CloseWhenSent()
    {
        _isLast = true;
        if (_unanswered.Count == 0 && _upload.IsWhole)
        {
            _connection?.Close();
        }
    }

    /// <summary>Closes it now; requests in flight end as the listener decides.</summary>
    public void Abort() => _connection?.Abort();

    /// <inheritdoc/>
    public override void OnConnected(Connection connection)
    {
        // A connection within this machine may be established while it is still being asked for.
        _connection = connection;
        connection.SendOrder = SendOrder.Last;
        WasConnected = true;
        if (_unanswered.TryDequeue(out var resend))
        {
            Start(resend.Request);
        }
        else
        {
            connection.SetDeadline(_context.Options.IdleTimeout);
        }

        _listener.OnConnected(this);
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
                _firstOctetAt = _context.Clock.GetNanoseconds();
                OnAnswering();
            }

            OnProgress(_machine.Receive(octets, out var consumed));
            octets = octets[consumed..];
        }

        if (_context.Pace is { } pace && connection.IsOpen && _machine.IsAwaitingAnswer && _machine.RawOctets > AnswerPace.FreeBytes)
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
        if (_upload.IsWhole && _unanswered.Count == 0)
        {
            BecomeIdle();
        }
    }

    /// <inheritdoc/>
    public override void OnDeadline(Connection connection)
    {
        if (_unanswered.Count == 0 && _upload.IsWhole)
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
        _listener.OnLost(this, reason);
        EndUnanswered(reason);
        _listener.OnGone(this);
    }

    private void OnAnswering()
    {
        if (!_hasAnswered)
        {
            _hasAnswered = true;
            _listener.OnAnswering();
        }
    }

    // One that was cut was long enough.
    private void OnDelivered()
    {
        if (!_hasDelivered)
        {
            _hasDelivered = true;
            _listener.OnDelivered();
        }
    }

    private bool HasFailed(CloseReason reason) => _unanswered.Count > 0
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
    // out, so that the server sees the request as the other one did.
    private void GoOn()
    {
        if (_isEnding)
        {
            _connection!.Close();
        }
        else if (_unanswered.Count > 0)
        {
            _wasUsed = true;
            SetDeadline();
            _listener.OnRoom(this);
        }
        else if (_upload.IsWhole)
        {
            BecomeIdle();
        }
    }

    private void BecomeIdle()
    {
        var time = _machine.IdleTime(_context.Options.IdleTimeout);
        if (_isLast || time == TimeSpan.Zero)
        {
            _connection!.Close();
            return;
        }

        _wasUsed = true;
        _upload.EndStream();
        _connection!.SetDeadline(time);
        _listener.OnIdle(this);
    }

    private void SetDeadline() => _connection!.SetDeadline(_context.Options.ResponseTimeout);

    private void EndAnswered(bool isCut)
    {
        var sent = _unanswered.Dequeue() with { FirstOctetAt = _firstOctetAt };
        using var answer = _machine.TakeAnswer();
        _requests.OnAnswered(sent, new ClientAnswer(_machine.Status, _machine.BodyOctets, answer, isCut));
    }

    private void EndUnanswered(CloseReason reason)
    {
        var failure = _failure != FailureReason.None ? _failure : FailureReasons.Of(reason);
        var isAlone = _unanswered.Count == 1;
        var hasBegun = _machine.HasAnswerBegun;
        while (_unanswered.TryDequeue(out var sent))
        {
            if (!hasBegun && _wasUsed && ResendRule.Allows(sent.Request, failure, isAlone, _isEnding)
                && _listener.TryResend(this, sent.Request with { WasResent = true }))
            {
                continue;
            }

            _requests.OnUnanswered(sent with { FirstOctetAt = hasBegun ? _firstOctetAt : 0 }, failure, _givenUp, reason);
            hasBegun = false;
        }
    }
}
