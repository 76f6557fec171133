using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>A handler made of lambdas, which remembers what it was told and lets a test wait for it.</summary>
internal sealed class Script : ConnectionHandler
{
    public delegate int ReceiveStep(Connection connection, ReadOnlySpan<byte> octets);

    private readonly TaskCompletionSource<Connection> _connected = NewSource<Connection>();
    private readonly TaskCompletionSource _readEnded = NewSource();
    private readonly TaskCompletionSource<CloseReason> _closed = NewSource<CloseReason>();
    private int _closedCount;

    public Action<Connection>? Connected { get; init; }

    public ReceiveStep? Received { get; init; }

    public Action<Connection>? ReadEnded { get; init; }

    public Action<Connection>? Writable { get; init; }

    public Action<Connection>? Deadline { get; init; }

    public Action<Connection, CloseReason>? Closed { get; init; }

    public Task<Connection> WhenConnected => _connected.Task;

    public Task WhenReadEnded => _readEnded.Task;

    public Task<CloseReason> WhenClosed => _closed.Task;

    public int TimesClosed => Volatile.Read(ref _closedCount);

    /// <summary>Sends back what it gets.</summary>
    public static Script Echo() => new()
    {
        Received = (connection, octets) =>
        {
            connection.Write(octets);
            return octets.Length;
        },
    };

    public static TaskCompletionSource<T> NewSource<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override void OnConnected(Connection connection)
    {
        Connected?.Invoke(connection);
        _connected.TrySetResult(connection);
    }

    public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets) =>
        Received?.Invoke(connection, octets) ?? octets.Length;

    public override void OnReadEnded(Connection connection)
    {
        _readEnded.TrySetResult();
        if (ReadEnded is null)
        {
            base.OnReadEnded(connection);
        }
        else
        {
            ReadEnded(connection);
        }
    }

    public override void OnWritable(Connection connection) => Writable?.Invoke(connection);

    public override void OnDeadline(Connection connection) => Deadline?.Invoke(connection);

    public override void OnClosed(Connection connection, CloseReason reason)
    {
        Interlocked.Increment(ref _closedCount);
        try
        {
            Closed?.Invoke(connection, reason);
        }
        finally
        {
            _closed.TrySetResult(reason);
        }
    }
}
