using System.Net;
using System.Text;
using Parallax.Reactor.Connections;
using Parallax.Wire.Http1;

namespace Parallax.Cli.Demo;

/// <summary>The traffic of production: a few shoppers, each with a connection that it keeps for a while, who look, search
/// and order until the shop closes.</summary>
/// <remarks>Thread safety: belongs to the loop; <see cref="Sent"/> and <see cref="Answered"/> may be read by any thread.</remarks>
internal sealed class Shoppers
{
    private const int Count = 8;
    private const int RequestsPerConnection = 25;

    private static readonly TimeSpan Arrival = TimeSpan.FromMilliseconds(120);

    private readonly IEventLoop _loop;
    private readonly EndPoint _shop;
    private readonly Random _random = new(20);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _present = Count;
    private bool _isClosing;
    private long _sent;
    private long _answered;

    /// <param name="loop">Where they live; not started yet, or the caller is on it.</param>
    /// <param name="shop">Where they connect to.</param>
    public Shoppers(IEventLoop loop, EndPoint shop)
    {
        _loop = loop;
        _shop = shop;
        for (var i = 0; i < Count; i++)
        {
            // One after the other, so that nobody is overrun while programs are still warming up.
            loop.Schedule(Arrival * i, _ => Enter(), null);
        }
    }

    /// <summary>Requests sent.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Requests answered.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Asks them to leave: who waits for an answer gets it first.</summary>
    /// <returns>Done when all have left. Any thread may ask.</returns>
    public Task LeaveAsync()
    {
        _loop.Post(_ => _isClosing = true, null);
        return _gone.Task;
    }

    private void Enter()
    {
        if (!_isClosing)
        {
            _loop.Connect(_shop, new Shopper(this), ConnectOptions.Default);
        }
        else if (--_present == 0)
        {
            _gone.SetResult();
        }
    }

    private byte[] NextRequest() => Encoding.ASCII.GetBytes(_random.Next(10) switch
    {
        < 3 => Get("/products"),
        < 6 => Get($"/products/{_random.Next(1, 61)}"),
        < 8 => Get($"/search?q=telescope+{_random.Next(100)}"),
        _ => Order(_random.Next(8) == 0 ? 0 : _random.Next(1, 5)),
    });

    private static string Get(string target) =>
        $"GET {target} HTTP/1.1\r\nHost: shop.example\r\nAccept: application/json\r\n\r\n";

    private static string Order(int quantity)
    {
        var order = $$"""{"product":7,"quantity":{{quantity}},"note":"{{new string('.', 2_000)}}"}""";
        return "POST /orders HTTP/1.1\r\nHost: shop.example\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {order.Length}\r\n\r\n{order}";
    }

    /// <summary>One visit: a connection and the requests on it.</summary>
    private sealed class Shopper(Shoppers all) : ConnectionHandler
    {
        private readonly MessageReader _reader = new(MessageKind.Response, Http1Policy.Passive);
        private int _requests;

        public override void OnConnected(Connection connection) => Ask(connection);

        public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
        {
            var done = 0;
            ReadEventKind kind;
            do
            {
                kind = _reader.Read(octets[done..], out var consumed).Kind;
                done += consumed;
                if (kind == ReadEventKind.End)
                {
                    Interlocked.Increment(ref all._answered);
                    connection.SetDeadline(TimeSpan.FromMilliseconds(all._random.Next(20, 80)));
                }
            }
            while (kind != ReadEventKind.NeedMore);

            return done;
        }

        /// <summary>Has looked at the answer for long enough.</summary>
        public override void OnDeadline(Connection connection) => Ask(connection);

        public override void OnClosed(Connection connection, CloseReason reason) => all.Enter();

        private void Ask(Connection connection)
        {
            if (all._isClosing || _requests++ == RequestsPerConnection)
            {
                connection.ShutdownWrite();
                return;
            }

            Interlocked.Increment(ref all._sent);
            connection.Write(all.NextRequest());
        }
    }
}
