using System.Net;
using System.Net.Security;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Clients;

/// <summary>When a connection to a server may be opened, and to which of its addresses: after failures only now and then.</summary>
/// <remarks>Thread safety: belongs to the loop's thread, but for <see cref="DownSince"/> and
/// <see cref="DownBecause"/>.</remarks>
internal sealed class Connector
{
    private readonly IEventLoop _loop;
    private readonly ClientContext _context;
    private readonly IConnectionListener _listener;
    private readonly IRequestListener _requests;
    private readonly ClientOptions _options;
    private readonly Action _retry;
    private readonly IReadOnlyList<IPEndPoint> _addresses;
    private int _connecting;

    // After a failure: the connection that is to show whether the server answers again; others wait for it, but not for ever.
    private MessageConnection? _trial;
    private long _trialBegan;
    private int _nextAddress;
    private Backoff _backoff;
    private LoopTimer? _retryTimer;
    private long _downSince; // 0 while it is not
    private volatile FailureReason _downBecause;

    /// <param name="config">Where to.</param>
    /// <param name="context">What the connections share.</param>
    /// <param name="listener">Learns what the connections can take, and how they end.</param>
    /// <param name="requests">Learns how their requests end.</param>
    /// <param name="retry">Called when a pause after a failure ends.</param>
    public Connector(
        ClientConfig config, ClientContext context, IConnectionListener listener, IRequestListener requests, Action retry)
    {
        if (config.Addresses.Count == 0)
        {
            throw new ArgumentException("A server needs at least one address.", nameof(config));
        }

        _loop = context.Loop;
        _options = context.Options;
        _context = context;
        _listener = listener;
        _requests = requests;
        _addresses = config.Addresses;
        _retry = retry;
        _backoff = new Backoff(_options.FirstBackoff, _options.MaxBackoff);
        var connectOptions = new ConnectOptions
        {
            ConnectTimeout = _options.ConnectTimeout,
            ReceiveBufferBytes = _options.PacesAnswers ? AnswerPace.ReceiveBufferBytes : 0,
            Tls = config.Url.IsTls ? TlsOptionsOf(config, _options) : null,
        };
        Pool = new ConnectionPool<MessageConnection>(_loop, connectOptions, config.Tls, config.Share);
    }

    /// <summary>The connections.</summary>
    public ConnectionPool<MessageConnection> Pool { get; }

    /// <summary>How many of them are not established yet.</summary>
    public int Connecting => _connecting;

    /// <summary>True once no connection will be opened any longer.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>False once it is stopped, during the pause after a failure, and until the one connection made after that is answered on;
    /// before the first answer they are made one at a time.</summary>
    public bool MayConnect => !IsStopped && (_backoff.IsUp || (_connecting == 0 && _retryTimer is not { IsScheduled: true } && !IsOnTrial));

    /// <summary>When the first of the attempts failed that have all failed since, with no connection left, in nanoseconds of the
    /// monotonic clock; null when one was answered on or none was made. Any thread.</summary>
    public long? DownSince => Volatile.Read(ref _downSince) is not 0 and var since ? since : null;

    /// <summary>How the latest attempt failed; says something only while <see cref="DownSince"/> does. Any thread.</summary>
    public FailureReason DownBecause => _downBecause;

    /// <summary>Why what waits is dropped when all is to end. Any thread.</summary>
    public DropReason ReasonToStop => DownSince is null ? DropReason.Shutdown : DropReason.TargetDown;

    /// <summary>Opens no more connections.</summary>
    public void Stop() => IsStopped = true;

    /// <summary>A connection that is not opened yet.</summary>
    /// <param name="owner">See <see cref="MessageConnection.Owner"/>.</param>
    /// <param name="resend">A request to be sent first, for the second time; its ownership is taken over.</param>
    public MessageConnection NewConnection(object? owner, OutgoingRequest? resend) =>
        new(_context, _listener, _requests, owner, resend);

    /// <summary>Starts to connect.</summary>
    public void Open(MessageConnection connection)
    {
        _connecting++;
        if (_backoff.IsInDoubt)
        {
            (_trial, _trialBegan) = (connection, _loop.Now);
        }

        Pool.Open(connection, _addresses[(int)((uint)_nextAddress % (uint)_addresses.Count)]);
    }

    /// <summary>A connection is established.</summary>
    public void OnConnected() => _connecting--;

    /// <summary>The first octets of an answer came on a connection.</summary>
    /// <returns>True when more connections may be made than before.</returns>
    public bool OnAnswered()
    {
        if (_backoff.IsUp || _backoff.IsBroken)
        {
            return false;
        }

        _backoff.Succeed();
        Volatile.Write(ref _downSince, 0);
        _trial = null;
        _retryTimer?.Cancel();
        return true;
    }

    /// <summary>A connection has brought its first whole answer.</summary>
    /// <returns>True when more connections may be made than before.</returns>
    public bool OnDelivered()
    {
        _backoff.Mend();
        return OnAnswered();
    }

    /// <summary>A connection is closed.</summary>
    /// <returns>True when it was never established and no other address is left to be tried at once.</returns>
    public bool OnLost(MessageConnection connection, CloseReason reason)
    {
        Pool.Remove(connection);
        _trial = _trial == connection ? null : _trial;
        if (connection.WasConnected)
        {
            if (connection.WasTurnedAway(reason) || (connection.BrokeOff(reason) && _backoff.Break()))
            {
                IsDownAfterFailure(reason);
            }

            return false;
        }

        _connecting--;
        return reason is not (CloseReason.Closed or CloseReason.LoopStopped) && IsDownAfterFailure(reason);
    }

    private bool IsOnTrial => _trial is not null && _loop.Now - _trialBegan < _options.MaxBackoff.TotalNanoseconds;

    private static SslClientAuthenticationOptions TlsOptionsOf(ClientConfig config, ClientOptions options)
    {
        var tls = new SslClientAuthenticationOptions
        {
            TargetHost = config.Url.Host,
            ApplicationProtocols = [SslApplicationProtocol.Http11],
            CertificateChainPolicy = PeerTrust.NewPolicy(),
        };
        if (!options.VerifiesCertificate)
        {
#pragma warning disable CA5359 // The user asked for it by name: a test system's certificate is often self-signed.
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return tls;
    }

    // True when no other address is left to be tried at once.
    private bool IsDownAfterFailure(CloseReason reason)
    {
        _downBecause = FailureReasons.Of(reason);
        if (_downSince == 0 && Pool.Connections.Count == _connecting)
        {
            Volatile.Write(ref _downSince, _loop.Now);
        }

        _nextAddress = unchecked(_nextAddress + 1);

        // Attempts that were made together and fail together are one failure: during a pause none is counted.
        if (_retryTimer is { IsScheduled: true })
        {
            return true;
        }

        if (!_backoff.Fail(_addresses.Count, out var pause))
        {
            return false;
        }

        if (_retryTimer is null)
        {
            _retryTimer = _loop.Schedule(pause, static retry => ((Action)retry!)(), _retry);
        }
        else
        {
            _retryTimer.Rearm(pause);
        }

        return true;
    }
}
