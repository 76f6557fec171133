using System.Diagnostics;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Traffic.Shadowing;

/// <summary>One connection to a target: the pump between a <see cref="ClientMachine"/> and its socket, and the one request it
/// carries.</summary>
/// <remarks>Ownership: holds the request's reference from <see cref="Start"/> to the outcome. Thread safety: belongs to the loop's
/// thread.</remarks>
internal sealed class ShadowConnection : ConnectionHandler
{
    // Below this a copy is cheaper than counting a reference up and down.
    private const int CopyBytes = 1024;

    private readonly Delivery _delivery;
    private readonly ClientMachine _machine;
    private Connection? _connection;
    private ShadowRequest _request;
    private Message? _sending;
    private FailureReason _failure;
    private bool _isBusy;
    private bool _wasUsed;
    private bool _isLast;
    private long _sentAt;
    private long _firstOctetAt;

    /// <param name="delivery">Whose connection it is.</param>
    /// <param name="maxResponseBytes">See <see cref="ShadowOptions.MaxResponseBytes"/>.</param>
    /// <param name="session">The session it serves; null when it serves all.</param>
    public ShadowConnection(Delivery delivery, long maxResponseBytes, ShadowSession? session)
    {
        _delivery = delivery;
        _machine = new ClientMachine(maxResponseBytes);
        Session = session;
    }

    /// <summary>The session it serves; null when it serves all.</summary>
    public ShadowSession? Session { get; }

    /// <summary>True when it was opened for a request that is sent for the second time.</summary>
    public bool IsResend { get; private set; }

    /// <summary>True once it was established.</summary>
    public bool WasConnected { get; private set; }

    /// <summary>True when it can take a request: established, the one before answered and sent whole.</summary>
    public bool IsIdle => WasConnected && !_isBusy && _sending is null && _connection is { IsOpen: true };

    /// <summary>Connects; the delivery is told what becomes of it.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="address">Where to.</param>
    /// <param name="options">How.</param>
    /// <param name="resend">A request to be sent first, for the second time; its ownership is taken over.</param>
    public void Connect(IEventLoop loop, System.Net.IPEndPoint address, ConnectOptions options, ShadowRequest? resend)
    {
        if (resend is { } request)
        {
            _request = request;
            _isBusy = IsResend = true;
        }

        _connection = loop.Connect(address, this, options);
    }

    /// <summary>Sends a request; it must be idle.</summary>
    /// <param name="request">Takes ownership.</param>
    public void Start(in ShadowRequest request)
    {
        Debug.Assert(IsIdle);
        _request = request;
        _isBusy = true;
        Send();
    }

    /// <summary>Closes it once its request is sent and answered; at once when there is none.</summary>
    public void CloseWhenSent()
    {
        _isLast = true;
        if (!_isBusy && _sending is null)
        {
            _connection?.Close();
        }
    }

    /// <summary>Closes it now; a request under way ends as its delivery decides.</summary>
    public void Abort() => _connection?.Abort();

    /// <inheritdoc/>
    public override void OnConnected(Connection connection)
    {
        // A connection within this machine may be established while it is still being asked for.
        _connection = connection;
        WasConnected = true;
        if (IsResend)
        {
            Send();
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
        if (!_machine.IsAwaitingAnswer)
        {
            // An answer to nothing, such as 408 before the server closes an idle connection.
            connection.Close();
            return octets.Length;
        }

        if (!_machine.HasAnswerBegun)
        {
            _firstOctetAt = MonotonicClock.Now;
        }

        OnProgress(_machine.Receive(octets));
        return octets.Length;
    }

    /// <inheritdoc/>
    public override void OnReadEnded(Connection connection)
    {
        if (_machine.IsAwaitingAnswer)
        {
            OnProgress(_machine.ReceiveEnd());
        }

        connection.Close();
    }

    /// <inheritdoc/>
    public override void OnWritable(Connection connection) => Pump();

    /// <inheritdoc/>
    public override void OnDeadline(Connection connection)
    {
        if (_isBusy)
        {
            _failure = FailureReason.ResponseTimeout;
            connection.Abort();
        }
        else
        {
            connection.Close();
        }
    }

    /// <inheritdoc/>
    public override void OnClosed(Connection connection, CloseReason reason)
    {
        StopSending();
        _delivery.OnLost(this, reason);
        if (_isBusy)
        {
            EndUnanswered(reason);
        }

        _delivery.OnGone(this);
    }

    private void Send()
    {
        var request = _request.Message;
        var connection = _connection!;
        _failure = FailureReason.None;
        _firstOctetAt = 0;
        _sentAt = MonotonicClock.Now;
        _delivery.OnSending(_request, _sentAt);
        connection.Write(_delivery.HeadOf(request));
        _sending = request.Retain();
        _machine.Begin(request);
        connection.SetDeadline(_delivery.Options.ResponseTimeout);
        Pump();
    }

    // Gives the connection as much of the body as it takes; goes on in OnWritable.
    private void Pump()
    {
        if (_sending is not { } message || _connection is not { IsOpen: true } connection)
        {
            return;
        }

        var parts = 0;
        while (!connection.IsCongested && _machine.TryNextPart(out var part))
        {
            parts++;
            if (part.Length <= CopyBytes)
            {
                connection.Write(part.Span);
            }
            else
            {
                connection.Write(part, message.Retain());
            }
        }

        if (!_machine.HasMoreToSend)
        {
            StopSending();
        }
        else if (parts > 0)
        {
            connection.SetDeadline(_delivery.Options.ResponseTimeout);
        }

        if (!_isBusy)
        {
            BecomeIdle();
        }
    }

    private void OnProgress(AnswerProgress progress)
    {
        switch (progress)
        {
            case AnswerProgress.Pending:
                break;
            case AnswerProgress.Answered:
                EndAnswered(isCut: false);
                BecomeIdle();
                break;
            case AnswerProgress.Cut:
                EndAnswered(isCut: true);
                _connection!.Abort();
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
    private void BecomeIdle()
    {
        if (!_machine.IsReusable || (_isLast && _sending is null))
        {
            _connection!.Close();
        }
        else if (_sending is null)
        {
            _wasUsed = true;
            _connection!.SetDeadline(_delivery.Options.IdleTimeout);
            _delivery.OnIdle(this);
        }
    }

    private void StopSending()
    {
        _machine.Forget();
        _sending?.Dispose();
        _sending = null;
    }

    private void EndAnswered(bool isCut) => End(new ShadowOutcome
    {
        Context = _request.Context,
        Result = ShadowResult.Answered,
        Status = _machine.Status,
        BodyOctets = _machine.BodyOctets,
        IsAnswerCut = isCut,
    });

    private void EndUnanswered(CloseReason reason)
    {
        var failure = _failure != FailureReason.None ? _failure : Delivery.FailureOf(reason);

        // Any client meets this: the server closed the idle connection while the request was on its way to it. Nothing of an answer came,
        // and
        // the connection had served before, so the request is sent once more on a fresh one.
        var isStale = _wasUsed && !_request.WasResent && !_machine.HasAnswerBegun
            && failure is FailureReason.Reset or FailureReason.ClosedEarly;
        if (isStale && _delivery.TryResend(this, _request with { WasResent = true }))
        {
            _isBusy = false;
            _request = default;
            return;
        }

        End(_delivery.UnansweredOutcome(_request.Context, failure, reason));
    }

    private void End(in ShadowOutcome outcome)
    {
        var request = _request;
        _isBusy = false;
        _request = default;
        _delivery.End(request, outcome with
        {
            WasResent = request.WasResent,
            OfferedAt = request.OfferedAt,
            SentAt = _sentAt,
            FirstOctetAt = _firstOctetAt,
        });
    }
}
