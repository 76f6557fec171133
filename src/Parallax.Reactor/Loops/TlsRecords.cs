using System.Net.Security;
using System.Security.Authentication;
using System.Threading.Tasks.Sources;
using Parallax.Reactor.Buffers;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Loops;

/// <summary>The octets of TLS records on the connection that carries them, as <see cref="System.Net.Security.SslStream"/> reads and writes
/// them. Waiting costs no memory and no task: a call that waits goes on within the one that brings what it waits for.</summary>
/// <remarks>Thread safety: belongs to the loop's thread. One read and one write at a time.</remarks>
#pragma warning disable CA2215, CA1844 // There is nothing to dispose of; the overloads over arrays are never called.
internal sealed class TlsRecords(BlockPool pool) : Stream, IValueTaskSource<int>, IValueTaskSource
#pragma warning restore CA2215, CA1844
{
    // Some records of the largest size, 16 KiB.
    private const int MaxHeldBytes = 64 * 1024;

    private ReadBuffer _received = new(pool, MaxHeldBytes);
    private ManualResetValueTaskSourceCore<int> _read;
    private ManualResetValueTaskSourceCore<bool> _write;
    private Memory<byte> _room;
    private bool _isReadPending;
    private bool _isWritePending;
    private bool _hasEnded;
    private Exception? _failure;

    /// <summary>The connection that carries the records. To be set before anything else.</summary>
    public Connection Carrier { get; set; } = null!;

    /// <summary>While true, records are kept for <see cref="Connection.Flush"/>, so that several leave together; else they leave at the end
    /// of the turn.</summary>
    public bool IsGathering { get; set; }

    /// <summary>Whether the reader came to the carrier's end: it had not found the peer's close_notify in what came before.</summary>
    public bool HasReportedEnd { get; private set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    // An alert record of TLS 1.2, as RFC 8446 §5.1 wants it of all versions: fatal (2), unrecognized_name (112).
    private static ReadOnlySpan<byte> UnrecognizedName => [0x15, 3, 3, 0, 2, 2, 112];

    /// <summary>Tells a client that nobody has the server name it asks for. It was sent nothing yet, so the alert goes as plain
    /// text.</summary>
    /// <exception cref="AuthenticationException">Always: it ends the handshake.</exception>
    public SslServerAuthenticationOptions RefuseName()
    {
        Carrier.Write(UnrecognizedName);
        throw new AuthenticationException("Nobody has the server name that the client asks for.");
    }

    /// <summary>Octets came in.</summary>
    public void Add(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var room = _received.Room().Span;
            var count = Math.Min(room.Length, octets.Length);
            octets[..count].CopyTo(room);
            _received.Commit(count);
            octets = octets[count..];
        }

        if (_received.IsFull)
        {
            Carrier.PauseReading();
        }

        OfferToReader();
    }

    /// <summary>No more will come in.</summary>
    public void End()
    {
        _hasEnded = true;
        OfferToReader();
    }

    /// <summary>The carrier takes octets again.</summary>
    public void Continue()
    {
        if (_isWritePending)
        {
            _isWritePending = false;
            Resume(static records => records.FinishWrite());
        }
    }

    /// <summary>The carrier is closed: a call that waits, or comes later, learns it.</summary>
    public void Fail()
    {
        _failure = new IOException("The connection is closed.");
        _received.Release();
        if (_isReadPending)
        {
            _isReadPending = false;
            Resume(static records => records.FailRead());
        }

        if (_isWritePending)
        {
            _isWritePending = false;
            Resume(static records => records.FailWrite());
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_failure is not null)
        {
            return ValueTask.FromException<int>(_failure);
        }

        if (!_received.IsEmpty || _hasEnded)
        {
            return new ValueTask<int>(Take(buffer));
        }

        _room = buffer;
        _isReadPending = true;
        _read.Reset();
        return new ValueTask<int>(this, _read.Version);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_failure is not null)
        {
            return ValueTask.FromException(_failure);
        }

        if (!IsGathering)
        {
            Carrier.Write(buffer.Span);
        }
        else
        {
            Carrier.Outflow.Gather(buffer.Span);
            if (Carrier.PendingWriteBytes > MaxHeldBytes)
            {
                Carrier.Flush();
            }
        }

        if (!Carrier.IsCongested)
        {
            return ValueTask.CompletedTask;
        }

        _isWritePending = true;
        _write.Reset();
        return new ValueTask(this, _write.Version);
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("A loop never waits for octets.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A loop never waits for octets.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token) => _write.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _write.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _write.OnCompleted(continuation, state, token, flags);

    private void OfferToReader()
    {
        if (_isReadPending)
        {
            _isReadPending = false;
            Resume(static records => records.FinishRead());
        }
    }

    private void FinishRead() => _read.SetResult(Take(_room));

    private void FailRead() => _read.SetException(_failure!);

    private void FinishWrite() => _write.SetResult(true);

    private void FailWrite() => _write.SetException(_failure!);

    // A call that waits goes on within this one: tasks do so only where no context claims the thread.
    private void Resume(Action<TlsRecords> finish)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            finish(this);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    // A read into no room only asks whether something is there.
    private int Take(Memory<byte> room)
    {
        var octets = _received.Octets;
        var count = Math.Min(room.Length, octets.Length);
        HasReportedEnd |= octets.IsEmpty && !room.IsEmpty;
        octets[..count].CopyTo(room.Span);
        _received.Consume(count);
        if (_received.IsEmpty)
        {
            _received.Release();
            if (Carrier.IsReadingPaused)
            {
                Carrier.ResumeReading();
            }
        }

        return count;
    }
}
