using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Parallax.Reactor.Connections;

/// <summary>One TCP connection of one loop, plain or with TLS: octets in to a handler, octets out in batches.</summary>
/// <remarks>
/// Thread safety: everything belongs to the loop's thread; other threads reach it through <see cref="IEventLoop.Post"/>. All members may be
/// called at any time, from any callback; on a closed connection they do nothing. No member calls the handler before it returns.
/// </remarks>
public abstract class Connection : ITurnWork, ILoopMember
{
    private readonly bool _isLayer;
    private ConnectionHandler _handler;
    private LoopTimer? _deadline;
    private LoopTimer? _connectTimer;
    private Stage _stage;
    private CloseReason _reason;

    // A layer over another connection is not counted: the one below it is.
    internal Connection(IEventLoop loop, LoopState state, ConnectionHandler handler, BufferOptions limits, bool isLayer = false)
    {
        Loop = loop;
        _isLayer = isLayer;
        State = state;
        _handler = handler;
        Inflow = new Inflow(this, state, limits.MaxReadBufferBytes);
        Outflow = new Outflow(this, state, limits);
        state.Counters.OpenCount += isLayer ? 0 : 1;
    }

    // How far the connection has come.
    private enum Stage
    {
        Connecting,
        Open,
        Closed,
    }

    /// <summary>The loop it belongs to.</summary>
    public IEventLoop Loop { get; }

    /// <summary>The peer; null only when the system could not tell.</summary>
    public abstract EndPoint? RemoteEndPoint { get; }

    /// <summary>Our end; null while connecting, and after closing unless it was asked for before.</summary>
    public abstract IPEndPoint? LocalEndPoint { get; }

    /// <summary>What is called with all that happens. A new handler is shown what the old one left unconsumed, later in the turn; its
    /// <see cref="ConnectionHandler.OnConnected"/> is not called again.</summary>
    public ConnectionHandler Handler
    {
        get => _handler;
        set
        {
            _handler = value;
            Inflow.ShowAgain();
        }
    }

    /// <summary>Whatever the user of the connection wants to find again; null by default.</summary>
    public object? Tag { get; set; }

    /// <summary>When in a turn its octets leave, compared with those of other connections: connections of one order are sent to one after
    /// the other, so that a peer that receives on several of them is woken once. <see cref="SendOrder.First"/> by default.</summary>
    public SendOrder SendOrder { get; set; }

    /// <summary>False from the moment it is closed, by whomever; true while it is connecting, too.</summary>
    public bool IsOpen => _stage != Stage.Closed;

    /// <summary>Whether it is established: <see cref="ConnectionHandler.OnConnected"/> was called and it is not closed.</summary>
    public bool IsConnected => _stage == Stage.Open;

    /// <summary>Whether reading is paused.</summary>
    public bool IsReadingPaused => Inflow.IsPaused;

    /// <summary>Whether the peer's direction ended without TLS's close_notify: what came may lack its end (RFC 8446 §6.1). Many peers leave
    /// it out after messages that tell their own end, so only where the end of the connection ends a message does it matter. Always false
    /// without TLS.</summary>
    public virtual bool IsTruncated => false;

    /// <summary>The certificate the peer showed in the TLS handshake, once that is over; null when it showed none. It belongs to the
    /// connection: not to be disposed of, nor used after the connection's end.</summary>
    public virtual X509Certificate2? PeerCertificate => null;

    /// <summary>Octets written and not yet taken by the kernel, in bytes; stays at <see cref="int.MaxValue"/> beyond that.</summary>
    public int PendingWriteBytes => (int)Math.Min(int.MaxValue, Outflow.Pending.Bytes + CarriedBytes);

    /// <summary>Whether more than <see cref="BufferOptions.HighWatermarkBytes"/> were pending, even after an attempt to send, and have
    /// not fallen to <see cref="BufferOptions.LowWatermarkBytes"/> since. The one that feeds the connection should pause;
    /// <see cref="ConnectionHandler.OnWritable"/> tells when to go on.</summary>
    public bool IsCongested => Outflow.IsCongested;

    // What the loop keeps for all its connections.
    internal LoopState State { get; }

    internal Inflow Inflow { get; }

    internal Outflow Outflow { get; }

    // Octets on their way below the connection, in bytes.
    internal virtual long CarriedBytes => 0;

    // Whether the transport receives into the room of Inflow.Held at this moment, so that its block must stay.
    internal abstract bool IsReceiving { get; }

    /// <summary>Has <paramref name="octets"/> sent, copied into the connection's blocks, at the end of the turn; several writes leave
    /// together. Ignored after <see cref="ShutdownWrite"/>, <see cref="CloseAfterWrites()"/> or the end of the connection.</summary>
    public void Write(ReadOnlySpan<byte> octets) => Outflow.Write(octets);

    /// <summary>Has <paramref name="octets"/> sent at the end of the turn without copying them; made for large bodies.</summary>
    /// <param name="octets">Must not change until <paramref name="owner"/> is disposed of.</param>
    /// <param name="owner">Taken over. Disposed of exactly once, on the loop's thread: when the octets are sent, when the connection is
    /// closed first, or at once when they are ignored (see <see cref="Write(ReadOnlySpan{byte})"/>) or so few that they are copied. Null
    /// when the octets need no owner.</param>
    public void Write(ReadOnlyMemory<byte> octets, IDisposable? owner) => Outflow.Write(octets, owner);

    /// <summary>Sends what is pending now instead of at the end of the turn, as far as the kernel takes it.</summary>
    public void Flush() => Outflow.Flush();

    /// <summary>Receives no more until <see cref="ResumeReading"/>: the peer is slowed down by TCP's own flow control. If it ends its
    /// direction meanwhile, <see cref="ConnectionHandler.OnEndAhead"/> is called; a reset closes the connection; the managed loop learns
    /// of both within a quarter of a second. Octets the handler leaves unconsumed are kept. Calling it again does nothing.</summary>
    public void PauseReading() => Inflow.Pause();

    /// <summary>Ends a pause. What is unconsumed is shown again later in the turn, even if nothing more has arrived.</summary>
    public void ResumeReading() => Inflow.Resume();

    /// <summary>Ends our direction once everything written is sent (FIN; with TLS close_notify first); receiving goes on. When the peer's
    /// direction has ended or ends later, the connection closes with <see cref="CloseReason.PeerClosed"/>. Later writes are
    /// ignored.</summary>
    public void ShutdownWrite() => Outflow.EndWhenSent();

    /// <summary>Closes in order, now: what is pending is discarded, the peer sees the end of our octets. When octets of the peer are
    /// still unread the kernel sends a reset instead (RFC 9293 §3.6.1).</summary>
    public void Close() => CloseWith(CloseReason.Closed);

    /// <summary>Closes in order as soon as everything written is sent; nothing more is received or may be written. A peer that takes
    /// nothing keeps it open: set a deadline. To be sure that a peer that is still sending reads the last octets, use
    /// <see cref="ShutdownWrite"/> and wait for its end instead.</summary>
    public void CloseAfterWrites() => Outflow.CloseWhenSent(CloseReason.Closed);

    /// <summary>Closes with a reset, now: what is pending is discarded and the peer learns that something went wrong.</summary>
    public void Abort() => CloseWith(CloseReason.Closed, isAbort: true);

    /// <summary>Has <see cref="ConnectionHandler.OnDeadline"/> called <paramref name="due"/> from now instead of at the time set before.
    /// Cheap enough to be called for every message. Zero and less mean the next turn, <see cref="Timeout.InfiniteTimeSpan"/>
    /// never.</summary>
    public void SetDeadline(TimeSpan due)
    {
        if (_stage != Stage.Closed)
        {
            _deadline ??= new LoopTimer(State.Timers, static state => ((Connection)state!).Notify(Notice.Deadline), this);
            _deadline.Rearm(due);
        }
    }

    /// <summary>Takes the deadline back, if there is one.</summary>
    public void ClearDeadline() => _deadline?.Suspend();

    // ── What a transport does for the connection. ──

    // Sends what is pending, as far as it can be sent now. The connection is established.
    internal abstract void Send();

    // Receives, if something may have come. Reading is wanted.
    internal abstract void Receive();

    // Reading is paused: what the peer does meanwhile is still to be noticed.
    internal virtual void WatchForEnd()
    {
    }

    // Ends our direction. Nothing is pending.
    internal abstract void EndWrites();

    // Lets go of the socket; whatever is in flight fails.
    internal abstract void CloseTransport(bool isAbort);

    // ── What happens to the connection. ──

    // An outbound connection or a TLS handshake has this long.
    internal void LimitConnecting(TimeSpan timeout) =>
        _connectTimer = State.Timers.Schedule(timeout, static state => ((Connection)state!).CloseWith(CloseReason.ConnectTimedOut), this);

    // Gives an accepted connection its handler.
    internal void Adopt(Func<Connection, ConnectionHandler> accept)
    {
        try
        {
            _handler = accept(this) ?? throw new InvalidOperationException("The listener's callback gave no handler.");
        }
        catch (Exception exception)
        {
            Fault(exception);
        }
    }

    internal void Establish()
    {
        if (_stage == Stage.Connecting)
        {
            _stage = Stage.Open;
            _connectTimer?.Cancel();
            Outflow.OnEstablished();
            Notify(Notice.Connected);
        }
    }

    internal void CloseWith(CloseReason reason, bool isAbort = false)
    {
        if (_stage == Stage.Closed)
        {
            return;
        }

        _stage = Stage.Closed;
        _reason = reason;
        _connectTimer?.Cancel();
        _deadline?.Cancel();
        State.Counters.OpenCount -= _isLayer ? 0 : 1;
        CloseTransport(isAbort);
        Outflow.Discard();
        State.AddClosing(this);
    }

    // ── What the handler is called with, whatever it throws. ──

    internal int Show(ReadOnlySpan<byte> octets)
    {
        try
        {
            var consumed = _handler.OnReceived(this, octets);
            return (uint)consumed <= (uint)octets.Length
                ? consumed
                : throw new InvalidOperationException($"The handler consumed {consumed} of {octets.Length} octets.");
        }
        catch (Exception exception)
        {
            Fault(exception);
            return 0;
        }
    }

    internal int ShowPreface(ReadOnlySpan<byte> octets, out bool isOver)
    {
        try
        {
            return _handler.OnPreface(this, octets, out isOver);
        }
        catch (Exception exception)
        {
            isOver = false;
            Fault(exception);
            return 0;
        }
    }

    internal void Notify(Notice notice)
    {
        try
        {
            switch (notice)
            {
                case Notice.Connected:
                    _handler.OnConnected(this);
                    break;
                case Notice.ReadEnded:
                    _handler.OnReadEnded(this);
                    break;
                case Notice.EndAhead:
                    _handler.OnEndAhead(this);
                    break;
                case Notice.Writable:
                    _handler.OnWritable(this);
                    break;
                default:
                    _handler.OnDeadline(this);
                    break;
            }
        }
        catch (Exception exception)
        {
            Fault(exception);
        }
    }

    void ILoopMember.OnLoopStopped() => CloseWith(CloseReason.LoopStopped);

    // The loop's visit after the connection was closed.
    void ITurnWork.DoInTurn()
    {
        if (!IsReceiving)
        {
            Inflow.Held.Release();
        }

        try
        {
            _handler.OnClosed(this, _reason);
        }
        catch (Exception exception)
        {
            State.Faults.Report(exception);
        }
    }

    private void Fault(Exception exception)
    {
        State.Faults.Report(exception);
        CloseWith(CloseReason.Failed);
    }
}

/// <summary>What a handler is called for without octets.</summary>
internal enum Notice
{
    Connected,
    ReadEnded,
    EndAhead,
    Writable,
    Deadline,
}
