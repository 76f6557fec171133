using Parallax.Shadows.Delivery;
using Parallax.Reactor.Loops;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>Shadows that refuse, hang, reset, lie or never end cost their own requests, each under its reason, and nothing else.</summary>
public sealed class ShadowFailuresTests
{
    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    [Fact]
    public async Task Offer_NobodyListens_OneIsRefusedAfterEachPauseAndTheRestExpires()
    {
        await using var rig = new ShadowRig(new SimulatedNetwork(), SimulatedServer.Nobody(), options => options with
        {
            FirstBackoff = Milliseconds(100),
            QueueTimeout = Milliseconds(250),
        });
        for (var time = 0; time < 200; time++)
        {
            rig.Get();
        }

        Assert.Equal(["refused"], rig.SaidByNow());
        rig.Advance(99);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(["refused"], rig.SaidByNow());
        rig.Advance(150);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(Enumerable.Repeat("queue-expired", 198), rig.SaidByNow());
    }

    [Fact]
    public async Task Offer_ServerComesBack_IsAnsweredAgainWithoutHelp()
    {
        var network = new SimulatedNetwork();
        var address = SimulatedServer.Nobody();
        await using var rig = new ShadowRig(network, address, options => options with { FirstBackoff = Milliseconds(300) });
        rig.Get();
        Assert.Equal(["refused"], rig.SaidByNow());
        using (new SimulatedServer(network, RawServer.Echo, address.Port))
        {
            rig.Get();
            rig.Advance(299);
            Assert.Empty(rig.SaidByNow());
            Assert.InRange(rig.Inbox.DownFor, Milliseconds(299), Milliseconds(300));
            rig.Advance(1);
            Assert.Equal(["200"], rig.SaidByNow());
            Assert.Equal(TimeSpan.Zero, rig.Inbox.DownFor);
        }

        await rig.Turn();
        using (new SimulatedServer(network, RawServer.Echo, address.Port))
        {
            rig.Get();
            Assert.Equal(["200"], rig.SaidByNow());
        }
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_FirstAddressIsDead_TheNextIsTried(LoopKind kind)
    {
        using var server = new RawServer(RawServer.Echo);
        await using var rig = new ShadowRig(kind, [RawServer.Nobody(), RawServer.Nobody(), server.EndPoint]);
        rig.Get();
        rig.Get();
        Assert.Equal("200 200", await rig.Say(2));
    }

    [Fact]
    public async Task Offer_ServerHangs_TimesOutAndTheQueueIsBounded()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer => peer.Hang());
        await using var rig = new ShadowRig(network, server.EndPoint, options => options with
        {
            MaxConnections = 2,
            QueueItems = 5,
            QueueTimeout = Milliseconds(100),
            ResponseTimeout = Milliseconds(150),
        });
        var offered = Enumerable.Range(0, 100).Select(_ => rig.Get()).ToList();
        Assert.All(offered[..5], refused => Assert.Equal(DropReason.None, refused));
        Assert.All(offered[5..], refused => Assert.Equal(DropReason.QueueItems, refused));
        rig.Advance(100);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(["queue-expired", "queue-expired", "queue-expired"], rig.SaidByNow());
        rig.Advance(48);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(["response-timeout", "response-timeout"], rig.SaidByNow());
    }

    [Fact]
    public async Task Offer_BeyondTheQueuesBytes_IsDropped()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer => peer.Hang());
        await using var rig = new ShadowRig(network, server.EndPoint, options => options with
        {
            QueueBytes = 1000,
            ResponseTimeout = Milliseconds(50),
        });
        Assert.Equal(DropReason.QueueBytes, rig.Post(new byte[2000]));
        Assert.Equal(DropReason.None, rig.Get());
        rig.Advance(50);
        Assert.Equal(["response-timeout"], rig.SaidByNow());
    }

    [Theory]
    [InlineData(LoopKind.Epoll, "", "reset")]
    [InlineData(LoopKind.Managed, "", "reset")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal", "reset")]
    [InlineData(LoopKind.Managed, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal", "reset")]
    public async Task Offer_ServerResets_FailsAsReset(LoopKind kind, string before, string expected)
    {
        using var server = new RawServer(async peer =>
        {
            await peer.ReadRequest();
            await peer.Write(before);
            peer.Reset();
        });
        await using var rig = new ShadowRig(kind, server.EndPoint);
        rig.Get();
        Assert.Equal(expected, await rig.Say());
    }

    [Theory]
    [InlineData(LoopKind.Epoll, "")]
    [InlineData(LoopKind.Managed, "")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal")]
    [InlineData(LoopKind.Managed, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200")]
    public async Task Offer_ServerClosesTooSoon_FailsAsClosedEarly(LoopKind kind, string before)
    {
        using var server = new RawServer(async peer =>
        {
            await peer.ReadRequest();
            await peer.Write(before);
        });
        await using var rig = new ShadowRig(kind, server.EndPoint);
        rig.Get();
        Assert.Equal("closed-early", await rig.Say());
    }

    [Theory]
    [InlineData(false, "closed-early")]
    [InlineData(true, "reset")]
    public async Task Offer_ServerClosesAfterAccept_FailsOnceAfterEachPauseAndTheRestExpires(bool resets, string failure)
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer =>
        {
            if (resets)
            {
                peer.Reset();
            }

            return Task.CompletedTask;
        });
        await using var rig = new ShadowRig(network, server.EndPoint, options => options with
        {
            FirstBackoff = Milliseconds(100),
            QueueTimeout = Milliseconds(500),
        });
        for (var time = 0; time < 20; time++)
        {
            rig.Get();
        }

        // The second connection is made as soon as the first is established, before that fails.
        Assert.Equal([failure, failure], rig.SaidByNow());
        rig.Advance(100);
        Assert.Equal([failure], rig.SaidByNow());
        rig.Advance(200);
        Assert.Equal([failure], rig.SaidByNow());
        rig.Advance(201);
        Assert.Equal(Enumerable.Repeat("queue-expired", 16), rig.SaidByNow());
        Assert.Equal(4, server.Accepted);
    }

    [Fact]
    public async Task Offer_ServerTalksSomethingElse_IsMalformed()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, async peer =>
        {
            await peer.Write("220 smtp.example ESMTP\r\n");
            await peer.Hang();
        });
        await using var rig = new ShadowRig(network, server.EndPoint);
        rig.Get();
        Assert.Equal(["malformed-answer"], rig.SaidByNow());
    }

    [Fact]
    public async Task Offer_ServerTalksWithoutBeingAsked_ConnectionIsClosedAndNoRequestIsLost()
    {
        var network = new SimulatedNetwork();
        SimulatedServer server = null!;
        using var disposed = server = new SimulatedServer(network, async peer =>
        {
            await peer.ReadRequest();
            await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            await server.Delay(Milliseconds(10));
            await peer.Write("HTTP/1.1 408 Request Timeout\r\n\r\n");
            await peer.Hang();
        });
        await using var rig = new ShadowRig(network, server.EndPoint);
        rig.Get();
        Assert.Equal(["200"], rig.SaidByNow());
        rig.Advance(10);
        Assert.Empty(rig.SaidByNow());
        rig.Get();
        Assert.Equal(["200"], rig.SaidByNow());
        Assert.Equal(2, server.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_EndlessAnswer_IsCutAndCountsAsAnswered(LoopKind kind)
    {
        using var server = new RawServer(async peer =>
        {
            await peer.ReadRequest();
            await peer.Write("HTTP/1.1 200 OK\r\n\r\n");
            while (true)
            {
                await peer.Write(new byte[64 * 1024]);
            }
        });
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with { MaxResponseBytes = 1 << 20 });
        rig.Get();
        Assert.Equal("200-cut", await rig.Say());
        Assert.Equal(1, rig.Inbox.Account.AnswersCut);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_LongAnswers_AreReadAtTheirPace(LoopKind kind)
    {
        using var server = new RawServer(AnswerByLength);
        await using var slowed = new ShadowRig(kind, server.EndPoint, options => options with { LongAnswerBytesPerSecond = 64 << 20 });
        for (var time = 0; time < 10; time++)
        {
            slowed.Get("/long");
        }

        Assert.All(await slowed.Next(10), outcome => Assert.Equal((200, 1 << 20), (outcome.Status, outcome.BodyOctets)));
    }

    [Fact]
    public async Task Offer_LongAnswerIsStopped_TimesOutAndShortOnesAreReadAtOnce()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, AnswerByLength);
        await using var rig = new ShadowRig(network, server.EndPoint, options => options with
        {
            LongAnswerBytesPerSecond = 1,
            ResponseTimeout = Milliseconds(200),
        });
        rig.Get("/long");
        rig.Get("/short");
        Assert.Equal(["200"], rig.SaidByNow());
        rig.Advance(199);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(["response-timeout"], rig.SaidByNow());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_InterimResponsesWithoutEnd_AreNoAnswer(LoopKind kind)
    {
        using var server = new RawServer(async peer =>
        {
            await peer.ReadRequest();
            while (true)
            {
                await peer.Write("HTTP/1.1 102 Processing\r\n\r\n");
            }
        });
        await using var rig = new ShadowRig(kind, server.EndPoint);
        rig.Get();
        Assert.Equal("malformed-answer", await rig.Say());
    }

    [Fact]
    public async Task Offer_AnswerDripsForEver_TimesOut()
    {
        var network = new SimulatedNetwork();
        SimulatedServer server = null!;
        using var disposed = server = new SimulatedServer(network, async peer =>
        {
            await peer.ReadRequest();
            await peer.Write("HTTP/1.1 200 OK\r\n\r\n");
            while (true)
            {
                await peer.Write("x");
                await server.Delay(Milliseconds(1));
            }
        });
        await using var rig = new ShadowRig(network, server.EndPoint, options => options with { ResponseTimeout = Milliseconds(100) });
        rig.Get();
        rig.Advance(99);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(["response-timeout"], rig.SaidByNow());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_FreshConnectionIsReset_IsNotSentAgain(LoopKind kind)
    {
        var requests = 0;
        using var server = new RawServer(async peer =>
        {
            await peer.ReadRequest();
            Interlocked.Increment(ref requests);
            peer.Reset();
        });
        await using var rig = new ShadowRig(kind, server.EndPoint);
        rig.Get();
        Assert.Equal("reset", await rig.Say());
        Assert.Equal(1, requests);
    }

    [Theory]
    [InlineData(LoopKind.Epoll, false)]
    [InlineData(LoopKind.Epoll, true)]
    [InlineData(LoopKind.Managed, false)]
    [InlineData(LoopKind.Managed, true)]
    public async Task Offer_ServerMisbehavesAtRandom_EveryRequestIsAccountedFor(LoopKind kind, bool keepsSessions)
    {
        using var server = new RawServer(peer => Misbehave(peer, new Random(peer.Number)));
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with
        {
            KeepSessions = keepsSessions,
            MaxConnections = 16,
            MaxSessions = 20,
            ResponseTimeout = Milliseconds(60),
            QueueTimeout = Milliseconds(400),
            MaxResponseBytes = 10_000,
        });
        var random = new Random(1);
        var accepted = 0;
        for (var time = 0; time < 600; time++)
        {
            var session = random.Next(30);
            var body = new byte[random.Next(5) == 0 ? random.Next(500_000) : 0];
            var head = $"POST / HTTP/1.1\r\nContent-Length: {body.Length}\r\n\r\n";
            accepted += rig.Offer(head, body, session) == DropReason.None ? 1 : 0;
            if (random.Next(20) == 0)
            {
                rig.Inbox.EndSession(session);
                await rig.Turn();
            }
        }

        var outcomes = await rig.Next(accepted);
        Assert.Equal(accepted, outcomes.Select(outcome => outcome.Context.ExchangeId).Distinct().Count());
        Assert.Contains(outcomes, outcome => outcome.Result == ShadowResult.Answered);
        Assert.Contains(outcomes, outcome => outcome.Result == ShadowResult.Failed);
    }

    private static async Task AnswerByLength(RawPeer peer)
    {
        while (await peer.ReadRequest() is { } request)
        {
            var length = request.Line.Contains("long", StringComparison.Ordinal) ? 1 << 20 : 60_000;
            await peer.Write($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            await peer.Write(new byte[length]);
        }
    }

    private static async Task Misbehave(RawPeer peer, Random random)
    {
        while (random.Next(12) > 0)
        {
            var isEarly = random.Next(6) == 0;
            if (!isEarly && await peer.ReadRequest() is null)
            {
                return;
            }

            switch (random.Next(9))
            {
                case 0:
                    peer.Reset();
                    return;
                case 1:
                    await peer.Hang();
                    return;
                case 2:
                    await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                    return;
                case 3:
                    await peer.Write("garbage\r\n\r\n");
                    break;
                case 4:
                    await peer.Write("HTTP/1.1 200 OK\r\n\r\nuntil the end");
                    return;
                case 5:
                    await peer.Write($"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{new string('x', 100_000)}");
                    break;
                default:
                    await peer.Write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    break;
            }
        }
    }

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}
