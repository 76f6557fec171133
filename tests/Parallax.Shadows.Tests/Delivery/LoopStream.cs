using Parallax.Reactor.Connections;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>A connection of a loop as a stream: what a socket's is for a server of plain sockets. A reader or writer that has to wait
/// goes on when the loop turns.</summary>
internal sealed class LoopStream : Stream
{
    private const int MaxUnreadBytes = 64 * 1024;

    private readonly Connection _connection;
    private readonly Queue<ReadOnlyMemory<byte>> _unread = new();
    private int _unreadBytes;
    private bool _isEnded;
    private TaskCompletionSource? _changed;

    public LoopStream(Connection connection)
    {
        _connection = connection;
        Handler = new Feeder(this);
    }

    /// <summary>What the connection needs as its handler.</summary>
    public ConnectionHandler Handler { get; }

    /// <summary>Called when the connection is established.</summary>
    public Action Connected { get; init; } = static () => { };

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_unread.Count == 0 && !_isEnded)
        {
            RequireOpen();
            await Change();
        }

        if (!_unread.TryDequeue(out var octets))
        {
            return 0;
        }

        var count = Math.Min(octets.Length, buffer.Length);
        octets[..count].CopyTo(buffer);
        if (count < octets.Length)
        {
            PutBack(octets[count..]);
        }

        _unreadBytes -= count;
        if (_unreadBytes < MaxUnreadBytes)
        {
            _connection.ResumeReading();
        }

        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequireOpen();
        _connection.Write(buffer.Span);
        _connection.Flush();
        while (_connection.IsCongested)
        {
            await Change();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
        // Everything is sent at once.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void RequireOpen()
    {
        if (!_connection.IsOpen)
        {
            throw new IOException("The other end went away.");
        }
    }

    private void PutBack(ReadOnlyMemory<byte> octets)
    {
        var others = _unread.Count;
        _unread.Enqueue(octets);
        for (; others > 0; others--)
        {
            _unread.Enqueue(_unread.Dequeue());
        }
    }

    private Task Change() => (_changed ??= new TaskCompletionSource()).Task;

    private void OnChanged()
    {
        var changed = _changed;
        _changed = null;
        changed?.SetResult();
    }

    private sealed class Feeder(LoopStream stream) : ConnectionHandler
    {
        public override void OnConnected(Connection connection) => stream.Connected();

        public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
        {
            stream._unread.Enqueue(octets.ToArray());
            stream._unreadBytes += octets.Length;
            if (stream._unreadBytes >= MaxUnreadBytes)
            {
                connection.PauseReading();
            }

            stream.OnChanged();
            return octets.Length;
        }

        public override void OnReadEnded(Connection connection)
        {
            stream._isEnded = true;
            stream.OnChanged();
        }

        public override void OnWritable(Connection connection) => stream.OnChanged();

        public override void OnClosed(Connection connection, CloseReason reason) => stream.OnChanged();
    }
}
