using System.Net;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.TestKit;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>A <see cref="TestServer"/> on a simulated network: what it does takes no time but what the test lets pass.</summary>
internal sealed class SimulatedServer : IDisposable
{
    private readonly IEventLoop _loop;
    private readonly ServerContext _context;
    private readonly List<Exception> _faults = [];

    /// <param name="network">Where it is.</param>
    /// <param name="serve">What is done with a connection; it is closed after that.</param>
    /// <param name="port">0 for any.</param>
    public SimulatedServer(SimulatedNetwork network, Func<TestWire, Task> serve, int port = 0)
    {
        _loop = network.CreateLoop("server", _faults.Add);
        _context = new ServerContext(_loop);
        Address = _loop.Listen(new IPEndPoint(IPAddress.Loopback, port), ListenOptions.Default, Accept).LocalEndPoint;
        _loop.Start();

        ConnectionHandler Accept(Connection connection)
        {
            var number = Accepted++;
            LoopStream stream = null!;
            stream = new LoopStream(connection) { Connected = () => _context.Run(() => _ = ServeAsync(connection, stream, serve, number)) };
            return stream.Handler;
        }
    }

    public IPEndPoint Address { get; }

    public int Accepted { get; private set; }

    /// <summary>An address at which nobody listens.</summary>
    public static IPEndPoint Nobody() => new(IPAddress.Loopback, 1);

    /// <summary>Completes, for what serves a connection, when so much time has passed.</summary>
    public Task Delay(TimeSpan time)
    {
        var passed = new TaskCompletionSource();
        _loop.Schedule(time, state => ((TaskCompletionSource)state!).SetResult(), passed);
        return passed.Task;
    }

    public void Dispose()
    {
        _loop.Dispose();
        Assert.Empty(_faults);
    }

    private static async Task ServeAsync(Connection connection, LoopStream stream, Func<TestWire, Task> serve, int number)
    {
        try
        {
            await serve(new TestWire(stream, number, connection.Abort, connection.ShutdownWrite));
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            // The other end went away.
        }

        connection.CloseAfterWrites();
    }

    // Brings what follows an await back to the server's loop.
    private sealed class ServerContext(IEventLoop loop) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => loop.Post(_ => Run(() => d(state)), null);

        public override SynchronizationContext CreateCopy() => this;

        public void Run(Action action)
        {
            var outer = Current;
            SetSynchronizationContext(this);
            try
            {
                action();
            }
            finally
            {
                SetSynchronizationContext(outer);
            }
        }
    }
}
