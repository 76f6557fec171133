using System.Text;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Tests.Delivery;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Tests.Clients;

/// <summary>One connection and a receiver that writes down what it learns.</summary>
public sealed class HttpClientConnectionTests
{
    private const string Hello = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
    private const string None = "HTTP/1.1 204 No Content\r\n\r\n";

    [Fact]
    public void Response_Released_TheConnectionIsIdleAndCarriesAnother()
    {
        using var client = new Client(Hello, None);
        Assert.Equal(["connected"], client.SaidAfter(client.Connect));
        Assert.Equal(["begun", "200", "hi", "end"], client.SaidAfter(() => client.Send("GET")));
        Assert.Equal(["idle"], client.SaidAfter(() => client.Connection.Release(isRequestWhole: true)));
        Assert.Equal(["begun", "204", "end"], client.SaidAfter(() => client.Send("GET")));
        Assert.Equal(2, client.Connection.Requests);
    }

    [Fact]
    public void Response_TwoSentAhead_ComeInOrder()
    {
        using var client = new Client("", "HTTP/1.1 103 Early\r\n\r\n" + Hello + None);
        client.SaidAfter(client.Connect);
        Assert.Equal(["begun", "103", "200", "hi", "end", "begun", "204", "end"], client.SaidAfter(() =>
        {
            client.Send("GET");
            client.Send("GET");
        }));
        Assert.Equal(["idle"], client.SaidAfter(() => client.Connection.Release(isRequestWhole: true)));
    }

    [Fact]
    public void Released_BeforeTheRequestWasWhole_IsClosed()
    {
        using var client = new Client(Hello);
        client.SaidAfter(client.Connect);
        client.SaidAfter(() => client.Send("POST"));
        Assert.Equal(["lost Closed"], client.SaidAfter(() => client.Connection.Release(isRequestWhole: false)));
    }

    [Fact]
    public void Released_AfterTheMaximumOfRequests_IsClosed()
    {
        using var client = new Client(Hello) { MaxRequests = 1 };
        client.SaidAfter(client.Connect);
        client.SaidAfter(() => client.Send("GET"));
        Assert.Equal(["lost Closed"], client.SaidAfter(() => client.Connection.Release(isRequestWhole: true)));
    }

    [Theory]
    [InlineData(Hello + None)]
    [InlineData(Hello, None)]
    public void UnsolicitedOctets_WhileTheRequestIsNotWhole_FailIt(params string[] answers)
    {
        // The server reads the rest of the request as another one.
        using var client = new Client(answers);
        client.SaidAfter(client.Connect);
        List<string> said = [.. client.SaidAfter(() => client.Send("POST")), .. client.SaidAfter(() => client.TryWrite("rest\r\n\r\n"))];
        Assert.Equal(["begun", "200", "hi", "end", "failed MalformedAnswer", "lost Closed"], said);
    }

    [Fact]
    public void UnsolicitedOctets_WhileItIsIdle_CloseIt()
    {
        using var client = new Client(Hello, None);
        client.SaidAfter(client.Connect);
        client.SaidAfter(() => client.Send("GET"));
        Assert.Equal(["idle", "lost Closed"], client.SaidAfter(() =>
        {
            client.Connection.Release(isRequestWhole: true);
            client.Connection.Write("x\r\n\r\n"u8);
        }));
    }

    [Fact]
    public void Ended_WhileAResponseIsAwaited_FailsAfterTheHolderLearnsOfIt()
    {
        using var client = new Client("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi", null);
        client.SaidAfter(client.Connect);
        Assert.Equal(["begun", "200", "hi"], client.SaidAfter(() => client.Send("GET")));
        Assert.Equal(["failed ClosedEarly", "lost Closed"], client.SaidAfter(() => client.Connection.Write("\r\n\r\n"u8)));
    }

    [Fact]
    public void Pool_ClosesTheOneIdleLongest_AndGivesItsPermitBack()
    {
        var share = new ConnectionShare(4);
        using var client = new Client(Hello);
        var pool = client.PoolOf(share);
        List<HttpClientConnection> connections = [];
        client.SaidAfter(() =>
        {
            while (pool.TryBegin())
            {
                connections.Add(client.Open(pool));
            }
        });
        Assert.Equal((2, 2, 2L), (connections.Count, share.Used, pool.Opened));
        client.SaidAfter(() => connections.ForEach(pool.AddIdle));
        Assert.Equal(["lost Closed"], client.SaidAfter(() => Assert.True(pool.TryCloseIdle())));
        Assert.Equal((1, 1), (pool.Connections.Count, share.Used));
        Assert.True(pool.TryTakeIdle(out var left));
        Assert.Same(connections[1], left);
        Assert.False(pool.TryTakeIdle(out _) || pool.TryCloseIdle());
    }

    private sealed class Client : IConnectionHolder<HttpClientConnection>, IResponseReceiver, IDisposable
    {
        private readonly SimulatedNetwork _network = new();
        private readonly SimulatedServer _server;
        private readonly List<Exception> _faults = [];
        private readonly List<string> _said = [];
        private readonly IEventLoop _loop;
        private ConnectionPool<HttpClientConnection>? _pool;

        /// <param name="answers">What the server sends after each empty line; null to end the connection.</param>
        public Client(params string?[] answers)
        {
            _server = new SimulatedServer(_network, async peer =>
            {
                foreach (var answer in answers)
                {
                    if (await peer.ReadHeadAsync() is null || answer is null)
                    {
                        return;
                    }

                    await peer.WriteAsync(answer);
                }

                await peer.ReadHeadAsync();
            });
            _loop = _network.CreateLoop("client", _faults.Add);
            _loop.Start();
        }

        public int MaxRequests { get; init; } = int.MaxValue;

        public HttpClientConnection Connection { get; private set; } = null!;

        public void Connect()
        {
            Connection = New();
            Connection.Connect(_loop, _server.Address, ConnectOptions.Default);
        }

        public ConnectionPool<HttpClientConnection> PoolOf(IConnectionPermit permit) =>
            _pool = new ConnectionPool<HttpClientConnection>(_loop, ConnectOptions.Default, tls: null, permit);

        public HttpClientConnection Open(ConnectionPool<HttpClientConnection> pool)
        {
            var connection = New();
            pool.Open(connection, _server.Address);
            return connection;
        }

        public void Send(string method)
        {
            Connection.Begin(this, method == "POST" ? KnownMethod.Post : KnownMethod.Get);
            Connection.Write(Encoding.ASCII.GetBytes($"{method} / HTTP/1.1\r\nHost: a\r\n\r\n"));
        }

        public void TryWrite(string octets)
        {
            if (Connection.IsOpen)
            {
                Connection.Write(Encoding.ASCII.GetBytes(octets));
            }
        }

        /// <summary>Does something on the loop; what is learnt of it.</summary>
        public List<string> SaidAfter(Action work)
        {
            _said.Clear();
            Assert.True(_loop.Post(_ => work(), null));
            _network.RunUntilIdle();
            return [.. _said];
        }

        public void OnConnected(HttpClientConnection connection) => _said.Add("connected");

        public void OnIdle(HttpClientConnection connection) => _said.Add("idle");

        public void OnLost(HttpClientConnection connection, CloseReason reason)
        {
            _pool?.Remove(connection);
            _said.Add($"lost {reason}");
        }

        public void OnResponseBegun() => _said.Add("begun");

        public void OnResponseHead(MessageHead head, BodyFraming framing, ReadOnlySpan<byte> octets) => _said.Add($"{head.StatusCode}");

        public void OnResponseBody(ReadOnlySpan<byte> raw, ReadOnlySpan<byte> content, OldChunkForm form) =>
            _said.Add(Encoding.ASCII.GetString(content));

        public void OnResponseEnd() => _said.Add("end");

        public void OnTunnelOctets(ReadOnlySpan<byte> octets) => _said.Add("tunnel");

        public void OnTunnelEnd() => _said.Add("tunnel's end");

        public void OnServerWritable()
        {
        }

        public void OnDeadline() => _said.Add("deadline");

        public void OnFailed(FailureReason failure)
        {
            _said.Add($"failed {failure}");
            Connection.Abort();
        }

        public void Dispose()
        {
            _loop.Dispose();
            _server.Dispose();
            Assert.Empty(_faults);
        }

        private HttpClientConnection New() => new(this, Http1Policy.Active, TimeSpan.FromSeconds(60), MaxRequests);
    }
}
