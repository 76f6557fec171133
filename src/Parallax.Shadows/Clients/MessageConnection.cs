using System.Diagnostics;
using System.Net;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Queues;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Clients;

/// <summary>A connection to a server that carries whole requests and streams, several ahead of their answers, and makes answers of the
/// responses.</summary>
/// <remarks>Ownership: holds a request's reference from <see cref="Start"/> to the outcome. Thread safety: belongs to the loop's
/// thread.</remarks>
internal sealed class MessageConnection
    : IConnectionHolder<HttpClientConnection>, IResponseReceiver, IStreamCarrier, IPooledConnection<MessageConnection>
{
    private readonly ClientContext _context;
    private readonly IConnectionListener _listener;
    private readonly IRequestListener _requests;
    private readonly HttpClientConnection _connection;
    private readonly AnswerReader _answer;
    private readonly RequestUpload _upload;

    // Begun and not answered, oldest first.
    private readonly Queue<SentRequest> _unanswered = new(1);
    private FailureReason _failure;
    private DropReason _givenUp;
    private bool _wasUsed;
    private bool _hasAnswered;
    private bool _hasDelivered;
    private bool _isEnding;
    private bool _wasEndAnnounced;
    private bool _isLast;
    private bool _hasBegun;
    private long _firstOctetAt;

    /// <param name="context">What it shares with others.</param>
    /// <param name="listener">Learns what it can take, and how it ends.</param>
    /// <param name="requests">Learns how its requests end.</param>
    /// <param name="owner">See <see cref="Owner"/>.</param>
    /// <param name="resend">A request to be sent first, for the second time; its ownership is taken over.</param>
    public MessageConnection(
        ClientContext context, IConnectionListener listener, IRequestListener requests, object? owner, OutgoingRequest? resend)
    {
        _context = context;
        _listener = listener;
        _requests = requests;
        _connection = new HttpClientConnection(this, AnswerReader.Policy, context.Options.IdleTimeout);
        _answer = new AnswerReader(
            _connection.Response, context.Options.MaxResponseBytes, context.Options.KeptAnswerBytes, context.AnswerPool,
            context.Options.CutAnswerBodyBytes);
        _upload = new RequestUpload(context.Heads);
        Owner = owner;
        if (resend is { } request)
        {
            _unanswered.Enqueue(new SentRequest(request, 0));
            IsResend = true;
        }
    }

    /// <summary>What has it to itself, for the listener to find again; null when it serves all.</summary>
    public object? Owner { get; }

    /// <inheritdoc/>
    public LinkedListNode<MessageConnection>? Place { get; set; }

    /// <summary>True while it is in a list.</summary>
    public bool IsListed => Place is { List: not null };

    /// <summary>True when it was opened for a request that is sent for the second time.</summary>
    public bool IsResend { get; }

    /// <summary>True once it was established.</summary>
    public bool WasConnected => _connection.WasConnected;

    /// <summary>True when the server ended it without a single octet although it was asked something: as good as refused.</summary>
    /// <param name="reason">Why it closed.</param>
    public bool WasTurnedAway(CloseReason reason) => !_hasAnswered && HasFailed(reason);

    /// <summary>True when it ended in the middle of its first answer, or that was not HTTP.</summary>
    /// <param name="reason">Why it closed.</param>
    public bool BrokeOff(CloseReason reason) => _hasAnswered && !_hasDelivered && HasFailed(reason);

    /// <summary>True when it can take any request: established, those before answered and sent whole.</summary>
    public bool IsIdle => IsReady && _unanswered.Count == 0;

    /// <summary>True when it can take a complete request, even after others not answered yet. It can once it has answered one and
    /// stayed open: so a server that closes after each answer is never sent two.</summary>
    public bool HasRoom => IsReady && _unanswered.Count < (_wasUsed ? _context.Options.PipelineDepth : 1);

    private bool IsReady =>
        WasConnected && _upload.IsFree && !_isEnding && !_isLast && _connection.IsOpen;

    /// <inheritdoc/>
    public void Connect(IEventLoop loop, IPEndPoint address, ConnectOptions options) => _connection.Connect(loop, address, options);

    /// <summary>Sends a request; there must be room.</summary>
    /// <param name="request">Takes ownership.</param>
    public void Start(in OutgoingRequest request)
    {
        Debug.Assert(request.Stream is null ? HasRoom || IsIdle : IsIdle);
        var now = _context.Clock.GetNanoseconds();
        _connection.Begin(this, request.Method);
        if (_unanswered.Count == 0)
        {
            SetDeadline();
        }

        _unanswered.Enqueue(new SentRequest(request, now));
        _requests.OnSending(request, now);
        _upload.Begin(this, _connection.Socket, request);
    }

    /// <summary>Closes it once its requests are sent and answered; at once when there is none.</summary>
    public void CloseWhenSent()
    {
        _isLast = true;
        if (_unanswered.Count == 0 && _upload.IsWhole)
        {
            Close();
        }
    }

    /// <inheritdoc/>
    public void Close() => _connection.Close();

    /// <summary>Closes it now; requests in flight end as the listener decides.</summary>
    public void Abort() => _connection.Abort();

    // ── From the stream. ──

    /// <inheritdoc/>
    public void OnStreamComplete()
    {
        SetDeadline();
        if (_unanswered.Count == 0 && _connection.IsOpen)
        {
            Release();
        }
    }

    /// <inheritdoc/>
    public void GiveUp(RequestStream stream, DropReason reason)
    {
        _givenUp = reason;
        Abort();
    }

    // ── From the connection, to its holder. ──

    /// <inheritdoc/>
    public void OnConnected(HttpClientConnection connection)
    {
        connection.Socket.SendOrder = SendOrder.Last;
        if (_unanswered.TryDequeue(out var resend))
        {
            Start(resend.Request);
        }

        _listener.OnConnected(this);
    }

    /// <inheritdoc/>
    public void OnIdle(HttpClientConnection connection)
    {
        _wasUsed = true;
        _upload.EndStream();
        _listener.OnIdle(this);
    }

    /// <inheritdoc/>
    public void OnLost(HttpClientConnection connection, CloseReason reason)
    {
        _upload.Stop();
        _upload.EndStream();
        _answer.Drop();
        _listener.OnLost(this, reason);
        EndUnanswered(reason);
        _listener.OnGone(this);
    }

    // ── From the connection, to its receiver. ──

    /// <inheritdoc/>
    public void OnResponseBegun()
    {
        _answer.Begin();
        _hasBegun = true;
        _firstOctetAt = _context.Clock.GetNanoseconds();
        if (!_hasAnswered)
        {
            _hasAnswered = true;
            _listener.OnAnswering();
        }
    }

    /// <inheritdoc/>
    public void OnResponseHead(MessageHead head, BodyFraming framing, ReadOnlySpan<byte> octets)
    {
        _wasEndAnnounced = !head.IsInterim && (!head.KeepAlive || framing is BodyFraming.UntilClose or BodyFraming.Tunnel);
        OnProgress(_answer.OnHead(octets));
    }

    /// <inheritdoc/>
    public void OnResponseBody(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content, OldChunkForm form)
    {
        OnProgress(_answer.OnBody(raw));
        if (_context.Pace is { } pace && _connection.IsOpen && _connection.Response.RawOctets > AnswerPace.FreeBytes)
        {
            pace.OnRead(_connection.Socket, raw.Length);
        }
    }

    /// <inheritdoc/>
    public void OnResponseEnd() => OnProgress(_answer.OnEnd());

    /// <inheritdoc/>
    public void OnTunnelOctets(ReadOnlySpan<byte> octets)
    {
        // The connection was closed with the head of the tunnel.
    }

    /// <inheritdoc/>
    public void OnTunnelEnd()
    {
    }

    /// <inheritdoc/>
    public void OnServerWritable()
    {
        if (!_connection.IsOpen || !_upload.TryGoOn(_connection.Socket))
        {
            return;
        }

        SetDeadline();
        if (_upload.IsWhole && _unanswered.Count == 0)
        {
            Release();
        }
    }

    /// <inheritdoc/>
    public void OnDeadline()
    {
        if (_upload.Stream is { } stream && stream.HasMoved())
        {
            SetDeadline();
        }
        else
        {
            _failure = FailureReason.ResponseTimeout;
            Abort();
        }
    }

    /// <inheritdoc/>
    public void OnFailed(FailureReason failure)
    {
        if (!_connection.IsOpen)
        {
            // OnLost has already reported everything.
            return;
        }

        _failure = failure;
        if (failure == FailureReason.ClosedEarly)
        {
            Close();
        }
        else
        {
            Abort();
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
                _hasBegun = false;

                // First, because who learns of the outcome may offer the next request at once.
                _isEnding = !_connection.Response.IsReusable;
                OnDelivered();
                EndAnswered(isCut: false);
                GoOn();
                break;
            case AnswerProgress.Cut:
                _hasBegun = false;
                OnDelivered();
                Abort();
                EndAnswered(isCut: true);
                break;
            case AnswerProgress.Malformed:
                OnFailed(FailureReason.MalformedAnswer);
                break;
            default:
                throw new UnreachableException();
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

    // An answer may come before the request is sent whole. The outcome is reported at once; the connection is used again only when the rest
    // is out, so that the server sees the request as the other one did.
    private void GoOn()
    {
        if (_isEnding)
        {
            Close();
        }
        else if (_unanswered.Count > 0)
        {
            _wasUsed = true;
            SetDeadline();
            _listener.OnRoom(this);
        }
        else if (_upload.IsWhole)
        {
            Release();
        }
    }

    private void Release()
    {
        if (_isLast)
        {
            Close();
        }
        else
        {
            _connection.Release(isRequestWhole: true);
        }
    }

    private void SetDeadline() => _connection.SetDeadline(_context.Options.ResponseTimeout);

    private void EndAnswered(bool isCut)
    {
        var sent = _unanswered.Dequeue() with { FirstOctetAt = _firstOctetAt };
        using var answer = _answer.Take();
        _requests.OnAnswered(sent, new ClientAnswer(_answer.Status, _answer.BodyOctets, answer, isCut));
    }

    private void EndUnanswered(CloseReason reason)
    {
        var failure = _failure != FailureReason.None ? _failure : FailureReasons.Of(reason);
        var isAlone = _unanswered.Count == 1;
        var hasBegun = _hasBegun;
        while (_unanswered.TryDequeue(out var sent))
        {
            if (!hasBegun && _wasUsed && ResendRule.Allows(sent.Request, failure, isAlone, _wasEndAnnounced)
                && _listener.TryResend(this, sent.Request with { WasResent = true }))
            {
                continue;
            }

            _requests.OnUnanswered(sent with { FirstOctetAt = hasBegun ? _firstOctetAt : 0 }, failure, _givenUp, reason);
            hasBegun = false;
        }
    }
}
