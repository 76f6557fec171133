using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Tests.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Clients;

/// <summary>A client by itself: a connector, its connections and two listeners that write down what they learn.</summary>
public sealed class MessageConnectionTests
{
    [Fact]
    public void Request_IsAnswered_AndTheConnectionIsIdleAgain()
    {
        using var client = new Client(async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
        });
        Assert.Equal(["connected"], client.SaidAfter(client.Open));
        Assert.Equal(["sending", "answering", "delivered", "200", "idle"], client.SaidAfter(() => client.Start("GET")));
        Assert.Equal(["sending", "200", "idle"], client.SaidAfter(() => client.Start("GET")));
        Assert.Equal(["lost Closed", "gone"], client.SaidAfter(() => client.Connection.CloseWhenSent()));
    }

    [Fact]
    public void Request_AfterAnother_MeetsAClosedConnection_IsOfferedToBeSentAgain()
    {
        using var client = new Client(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n");
            await peer.ReadHeadAsync();
        });
        client.SaidAfter(client.Open);
        client.SaidAfter(() => client.Start("GET"));
        Assert.Equal(["sending", "lost Closed", "resend", "gone"], client.SaidAfter(() => client.Start("POST")));
    }

    [Fact]
    public void Request_TheFirst_IsNotSentAgain()
    {
        using var client = new Client(async peer => await peer.ReadHeadAsync());
        client.SaidAfter(client.Open);
        Assert.Equal(["sending", "lost Closed", "ClosedEarly", "gone"], client.SaidAfter(() => client.Start("GET")));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nto the end", new[] { "200", "lost Closed", "resend" })]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", new[] { "200", "lost Closed", "resend" })]
    [InlineData("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", new[] { "101", "lost Closed", "resend" })]
    [InlineData(
        "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n0123456789012345678901234567890",
        new[] { "200 cut", "lost Closed", "Other" })]
    [InlineData(
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        new[] { "200", "lost Closed", "Other" })]
    public void Request_SentAheadOfTheLastAnswer_IsSentAgainIfTheEndWasAnnounced(string last, string[] expected)
    {
        using var client = new Client(
            async peer =>
            {
                await peer.ReadHeadAsync();
                await peer.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n");
                await peer.ReadHeadAsync();
                await peer.ReadHeadAsync();
                await peer.WriteAsync(last);
            },
            new Limits { PipelineDepth = 2, MaxResponseBytes = 20 });
        client.SaidAfter(client.Open);
        client.SaidAfter(() => client.Start("GET"));
        var said = client.SaidAfter(() =>
        {
            client.Start("POST");
            client.Start("POST");
        });
        Assert.Equal(["sending", "sending", .. expected, "gone"], said);
    }

    [Fact]
    public void Connection_NobodyListens_IsLostAndNothingWasAnswered()
    {
        using var client = new Client(null);
        Assert.Equal(["lost Refused", "gone"], client.SaidAfter(client.Open));
        Assert.Equal((1, 0), (client.Connector.Pool.Opened, client.Connector.Pool.Connections.Count));
    }

    private sealed record Limits : ClientOptions;

    private sealed record Server : ClientConfig;

    private sealed class Client : IConnectionListener, IRequestListener, IDisposable
    {
        private readonly SimulatedNetwork _network = new();
        private readonly SimulatedServer? _server;
        private readonly OctetPool _pool = new();
        private readonly List<Exception> _faults = [];
        private readonly List<string> _said = [];
        private readonly IEventLoop _loop;

        public Client(Func<TestWire, Task>? serve, Limits? limits = null)
        {
            _server = serve is null ? null : new SimulatedServer(_network, serve);
            var address = _server?.Address ?? SimulatedServer.Nobody();
            _loop = _network.CreateLoop("client", _faults.Add);
            _loop.Start();
            var config = new Server { Url = new ServerUrl(false, "a", address.Port, "a"), Addresses = [address], Rewriter = null };
            Connector = new Connector(config, new ClientContext(_loop, limits ?? new(), config), this, this, static () => { });
            Connection = Connector.NewConnection(owner: null, resend: null);
        }

        public Connector Connector { get; }

        public MessageConnection Connection { get; }

        public void Open() => Connector.Open(Connection);

        public void Start(string method) => Connection.Start(
            new OutgoingRequest(Messages.Prepared(_pool, $"{method} / HTTP/1.1\r\nHost: a\r\n\r\n"), default, 0, WasResent: false));

        /// <summary>Does something on the loop; what is learnt of it.</summary>
        public List<string> SaidAfter(Action work)
        {
            _said.Clear();
            Assert.True(_loop.Post(_ => work(), null));
            _network.RunUntilIdle();
            return [.. _said];
        }

        public void OnConnected(MessageConnection connection)
        {
            Connector.OnConnected();
            _said.Add("connected");
        }

        public void OnAnswering() => _said.Add("answering");

        public void OnDelivered() => _said.Add("delivered");

        public void OnIdle(MessageConnection connection) => _said.Add("idle");

        public void OnRoom(MessageConnection connection) => _said.Add("room");

        public void OnLost(MessageConnection connection, CloseReason reason)
        {
            Connector.OnLost(connection, reason);
            _said.Add($"lost {reason}");
        }

        public bool TryResend(MessageConnection failed, in OutgoingRequest request)
        {
            Assert.True(request.WasResent);
            request.Message!.Dispose();
            _said.Add("resend");
            return true;
        }

        public void OnGone(MessageConnection connection) => _said.Add("gone");

        public void OnSending(in OutgoingRequest request, long now) => _said.Add("sending");

        public void OnAnswered(in SentRequest sent, in ClientAnswer answer) => End(sent, $"{answer.Status}{(answer.IsCut ? " cut" : "")}");

        public void OnUnanswered(in SentRequest sent, FailureReason failure, DropReason givenUp, CloseReason reason) =>
            End(sent, $"{failure}");

        public void Dispose()
        {
            _loop.Dispose();
            _server?.Dispose();
            Assert.Empty(_faults);
            Assert.Equal((0, 0), (_pool.RentedBlocks, _pool.RentedBytes));
        }

        private void End(in SentRequest sent, string said)
        {
            sent.Request.Message!.Dispose();
            _said.Add(said);
        }
    }
}
