using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Parallax.Reactor.Buffers;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>A connection that speaks TLS over another that carries its records: the same on either loop. Encrypting and decrypting happen
/// within the calls that bring octets or send them, so that no other thread is woken.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
#pragma warning disable CA1001 // Dispose is called when the carrier is closed, and every carrier is, at the latest by its loop.
internal sealed class TlsConnection : Connection
#pragma warning restore CA1001
{
    private readonly TlsRecords _records;
    private readonly SslStream _tls;
    private readonly TimeSpan _lastRecordsTime;
    private bool _isReceivePumpOn;
    private bool _isSendPumpOn;
    private bool _isReceiving;
    private bool _isEndReached;
    private bool _isSendingNow;
    private bool _isShakingHands;
    private bool _isCarrierClosed;
    private bool _mayLeaveSilently; // a client that has sent nothing yet, such as a health check of the port, breaks no handshake off

    private TlsConnection(IEventLoop loop, LoopState state, ConnectionHandler handler, BufferOptions limits, TimeSpan lastRecordsTime)
        : base(loop, state, handler, limits, isLayer: true)
    {
        _lastRecordsTime = lastRecordsTime;
        _records = new TlsRecords(state.Blocks);
        _tls = new SslStream(_records);
    }

    public override EndPoint? RemoteEndPoint => Carrier.RemoteEndPoint;

    public override IPEndPoint? LocalEndPoint => Carrier.LocalEndPoint;

    public override X509Certificate2? PeerCertificate => _tls.RemoteCertificate as X509Certificate2;

    public override bool IsTruncated => _isEndReached && _records.HasReportedEnd;

    internal override bool IsReceiving => _isReceiving;

    internal override long CarriedBytes => Carrier.PendingWriteBytes;

    private Connection Carrier => _records.Carrier;

    /// <summary>Connects with <paramref name="options"/>.Tls over what <paramref name="connect"/> makes.</summary>
    public static Connection Connect(
        IEventLoop loop,
        LoopState state,
        ConnectionHandler handler,
        ConnectOptions options,
        Func<ConnectionHandler, ConnectOptions, Connection> connect)
    {
        var tls = options.Tls!;
        var connection = new TlsConnection(loop, state, handler, options.Buffers, options.LastRecordsTime);
        connection.LimitConnecting(options.ConnectTimeout);
        connection._records.Carrier = connect(
            new CarrierHandler(connection, stream => stream.AuthenticateAsClientAsync(tls), hasPreface: false),
            options with { Tls = null, ConnectTimeout = Timeout.InfiniteTimeSpan });
        return connection;
    }

    /// <summary>What gives an accepted connection its handler, when those of <paramref name="accept"/> are to see plain text.</summary>
    public static Func<Connection, ConnectionHandler> Accepting(
        IEventLoop loop, LoopState state, ListenOptions options, Func<Connection, ConnectionHandler> accept)
    {
        if (options.Tls is not { } tls)
        {
            return accept;
        }

        return carrier =>
        {
            var connection = new TlsConnection(loop, state, NoHandler.Instance, options.Buffers, options.LastRecordsTime);
            connection._records.Carrier = carrier;
            connection.Adopt(accept);
            if (connection.IsOpen)
            {
                connection.LimitConnecting(options.HandshakeTimeout);
            }

            connection._mayLeaveSilently = true;
            return new CarrierHandler(
                connection,
                stream => stream.AuthenticateAsServerAsync(
                    (_, hello, _, _) => ValueTask.FromResult(tls(connection.Tag, hello.ServerName) ?? connection._records.RefuseName()),
                    null,
                    CancellationToken.None),
                options.HasPreface);
        };
    }

    internal override void Receive()
    {
        if (!_isReceivePumpOn)
        {
            _isReceivePumpOn = true;
            _ = WatchAsync(ReceiveAsync());
        }
    }

    internal override void Send()
    {
        if (!_isSendPumpOn)
        {
            _isSendPumpOn = true;
            _isSendingNow = true;
            var sending = SendAsync();
            _isSendingNow = false;
            if (!sending.IsCompletedSuccessfully)
            {
                _ = WatchAsync(sending);
            }
        }
    }

    internal override void EndWrites()
    {
        SendCloseNotify();
        Carrier.ShutdownWrite();
    }

    internal override void CloseTransport(bool isAbort)
    {
        if (_isCarrierClosed)
        {
            State.Members.Remove(this);
            Dispose();
        }
        else if (isAbort)
        {
            Carrier.Abort();
        }
        else if (!Carrier.IsConnected)
        {
            Carrier.Close();
        }
        else
        {
            SendCloseNotify();
            Carrier.SetDeadline(_lastRecordsTime);
            Carrier.CloseAfterWrites();
        }
    }

    private async Task ShakeHandsAsync(Func<SslStream, Task> authenticate)
    {
        _isShakingHands = true;
        try
        {
            await authenticate(_tls).ConfigureAwait(false);
            await LoopReturn.ToAsync(Loop).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await LoopReturn.ToAsync(Loop).ConfigureAwait(false);
            if (!ManagedErrors.IsOfTransport(exception))
            {
                State.Faults.Report(exception);
            }

            CloseWith(_mayLeaveSilently ? CloseReason.PeerClosed : CloseReason.TlsFailed);
        }

        _isShakingHands = false;
        if (IsOpen)
        {
            Establish();
            Inflow.ReadLater();
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (Inflow.IsWanted && !_isEndReached)
            {
                // Into no room: nothing is held while nothing comes.
                await _tls.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
                if (Inflow.IsWanted)
                {
                    await ReceiveOnceAsync().ConfigureAwait(false);
                }
            }

            // What is held after a pause is shown before the end; after that receiving begins again.
            if (Inflow.IsWanted && !Inflow.MustShowHeld)
            {
                Inflow.End();
            }
        }
        catch (Exception exception) when (ManagedErrors.IsOfTransport(exception))
        {
            CloseWith(CloseReason.Reset);
        }

        _isReceivePumpOn = false;
        if (!IsOpen)
        {
            Inflow.Held.Release();
        }
    }

    private async ValueTask ReceiveOnceAsync()
    {
        int received;
        _isReceiving = true;
        try
        {
            received = await _tls.ReadAsync(Inflow.Held.Room()).ConfigureAwait(false);
        }
        finally
        {
            _isReceiving = false;
        }

        _isEndReached = received == 0;
        if (received > 0 && IsOpen)
        {
            Inflow.Held.Commit(received);
            if (Inflow.IsWanted)
            {
                Inflow.OfferHeld();
            }
        }
    }

    private async Task SendAsync()
    {
        try
        {
            _records.IsGathering = true;
            while (IsConnected && Outflow.Pending.Take() is { } block)
            {
                await SendAsync(block).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (ManagedErrors.IsOfTransport(exception))
        {
            if (IsOpen)
            {
                Outflow.Fail(CloseReason.Reset);
            }
        }

        _records.IsGathering = false;
        Carrier.Flush();
        _isSendPumpOn = false;
        if (!_isSendingNow)
        {
            Outflow.SendLater();
        }
    }

    private async ValueTask SendAsync(Block block)
    {
        var length = block.Length;
        try
        {
            await _tls.WriteAsync(block.Octets).ConfigureAwait(false);
        }
        finally
        {
            State.Blocks.Return(block);
        }

        if (IsOpen)
        {
            Outflow.Pending.Sent(length);
        }
    }

    // Sends close_notify, unless a write is in progress, which it would cut.
    private void SendCloseNotify()
    {
        if (_tls.IsAuthenticated && !_isSendPumpOn)
        {
            _ = SendCloseNotifyAsync();
        }
    }

    private async Task SendCloseNotifyAsync()
    {
        try
        {
            await _tls.ShutdownAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (ManagedErrors.IsOfTransport(exception) || exception is InvalidOperationException)
        {
            // The peer is gone, which receiving shows.
        }
    }

    private async Task WatchAsync(Task pump)
    {
        try
        {
            await pump.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            State.Faults.Report(exception);
            CloseWith(CloseReason.Failed);
        }
    }

    private void OnCarrierClosed(CloseReason reason)
    {
        _isCarrierClosed = true;
        if (IsConnected && reason == CloseReason.PeerClosed)
        {
            // Both directions ended in order; the handler may have paused before it saw all that came.
            State.Members.Add(this);
            return;
        }

        var hasFailed = _isShakingHands && !_mayLeaveSilently && reason is CloseReason.Reset or CloseReason.PeerClosed;
        CloseWith(hasFailed ? CloseReason.TlsFailed : reason);
        Dispose();
    }

    private void Dispose()
    {
        _records.Fail();
        _tls.Dispose();
    }

    private sealed class CarrierHandler(TlsConnection connection, Func<SslStream, Task> authenticate, bool hasPreface) : ConnectionHandler
    {
        private bool _isInPreface = hasPreface;

        public override void OnConnected(Connection carrier)
        {
            if (!_isInPreface)
            {
                ShakeHands();
            }
        }

        public override int OnReceived(Connection carrier, ReadOnlySpan<byte> octets)
        {
            connection._mayLeaveSilently = false;
            var length = octets.Length;
            if (_isInPreface)
            {
                var consumed = connection.ShowPreface(octets, out var isOver);
                if (!isOver || !connection.IsOpen)
                {
                    return consumed;
                }

                octets = octets[consumed..];
                _isInPreface = false;
                ShakeHands();
            }

            if (!octets.IsEmpty)
            {
                connection._records.Add(octets);
            }

            return length;
        }

        public override void OnReadEnded(Connection carrier)
        {
            connection.Inflow.OnEndAhead();
            if (_isInPreface)
            {
                connection.CloseWith(connection._mayLeaveSilently ? CloseReason.PeerClosed : CloseReason.TlsFailed);
                return;
            }

            connection._records.End();
        }

        public override void OnEndAhead(Connection carrier) => connection.Inflow.OnEndAhead();

        public override void OnWritable(Connection carrier) => connection._records.Continue();

        private void ShakeHands() => _ = connection.WatchAsync(connection.ShakeHandsAsync(authenticate));

        public override void OnDeadline(Connection carrier) => carrier.Abort();

        public override void OnClosed(Connection carrier, CloseReason reason) => connection.OnCarrierClosed(reason);
    }
}
