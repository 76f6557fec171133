using Parallax.Shadows.Delivery;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>Shadows that refuse, hang, reset, lie or never end cost their own requests, each under its reason, and nothing else.</summary>
public sealed class ShadowFailuresTests
{
    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_NobodyListens_IsRefusedAndTheRestExpires(LoopKind kind)
    {
        await using var rig = new ShadowRig(kind, RawServer.Nobody(), options => options with { QueueTimeout = Milliseconds(250) });
        for (var time = 0; time < 200; time++)
        {
            rig.Get();
        }

        var outcomes = (await rig.Next(200)).Select(ShadowRig.Short).ToList();
        Assert.All(outcomes, outcome => Assert.True(outcome is "refused" or "queue-expired", outcome));
        Assert.Contains("refused", outcomes);
        Assert.Contains("queue-expired", outcomes);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_ServerComesBack_IsAnsweredAgainWithoutHelp(LoopKind kind)
    {
        var address = RawServer.Nobody();
        await using var rig = new ShadowRig(kind, address, options => options with { FirstBackoff = Milliseconds(300) });
        rig.Get();
        Assert.Equal("refused", await rig.Say());
        Assert.True(rig.Target.DownFor > TimeSpan.Zero);
        using (new RawServer(RawServer.Echo, address.Port))
        {
            rig.Get();
            Assert.Equal("200", await rig.Say());
            Assert.Equal(TimeSpan.Zero, rig.Target.DownFor);
        }

        await rig.Turn();
        using (new RawServer(RawServer.Echo, address.Port))
        {
            rig.Get();
            Assert.Equal("200", await rig.Say());
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

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_ServerHangs_TimesOutAndTheQueueIsBounded(LoopKind kind)
    {
        using var server = new RawServer(peer => peer.Hang());
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with
        {
            MaxConnections = 2,
            QueueItems = 5,
            QueueTimeout = Milliseconds(100),
            ResponseTimeout = Milliseconds(150),
        });
        var refused = 0;
        for (var time = 0; time < 100; time++)
        {
            refused += rig.Get() == DropReason.QueueItems ? 1 : 0;
        }

        var outcomes = (await rig.Next(100 - refused)).Select(ShadowRig.Short).ToList();
        Assert.True(refused > 0);
        Assert.All(outcomes, outcome => Assert.True(outcome is "response-timeout" or "queue-expired", outcome));
        Assert.Contains("response-timeout", outcomes);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_BeyondTheQueuesBytes_IsDropped(LoopKind kind)
    {
        using var server = new RawServer(peer => peer.Hang());
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with
        {
            QueueBytes = 1000,
            ResponseTimeout = Milliseconds(50),
        });
        Assert.Equal(DropReason.QueueBytes, rig.Post(new byte[2000]));
        Assert.Equal(DropReason.None, rig.Get());
        Assert.Equal("response-timeout", await rig.Say());
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
    [MemberData(nameof(Loops))]
    public async Task Offer_ServerClosesAfterAccept_FailsOnceEach(LoopKind kind)
    {
        using var server = new RawServer(_ => Task.CompletedTask);
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with { QueueTimeout = Milliseconds(500) });
        for (var time = 0; time < 20; time++)
        {
            rig.Get();
        }

        var outcomes = (await rig.Next(20)).Select(ShadowRig.Short);
        Assert.All(outcomes, outcome => Assert.True(outcome is "closed-early" or "reset" or "queue-expired", outcome));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_ServerTalksSomethingElse_IsMalformed(LoopKind kind)
    {
        using var server = new RawServer(async peer =>
        {
            await peer.Write("220 smtp.example ESMTP\r\n");
            await peer.Hang();
        });
        await using var rig = new ShadowRig(kind, server.EndPoint);
        rig.Get();
        var said = await rig.Say();

        // The banner may come before the request is sent: then it is an answer to nothing, and the connection closes under the request.
        Assert.True(said is "malformed-answer" or "closed-early" or "other", said);
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
        Assert.Equal(1, rig.Target.Account.AnswersCut);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_LongAnswers_AreReadAtTheirPaceAndShortOnesAtOnce(LoopKind kind)
    {
        using var server = new RawServer(async peer =>
        {
            while (await peer.ReadRequest() is { } request)
            {
                var length = request.Line.Contains("long", StringComparison.Ordinal) ? 1 << 20 : 60_000;
                await peer.Write($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
                await peer.Write(new byte[length]);
            }
        });
        await using var stopped = new ShadowRig(kind, server.EndPoint, options => options with
        {
            LongAnswerBytesPerSecond = 1,
            ResponseTimeout = Milliseconds(200),
        });
        await using var slowed = new ShadowRig(kind, server.EndPoint, options => options with { LongAnswerBytesPerSecond = 64 << 20 });
        stopped.Get("/long");
        stopped.Get("/short");
        Assert.Equal(["200", "response-timeout"], (await stopped.Next(2)).Select(ShadowRig.Short).Order());
        for (var time = 0; time < 10; time++)
        {
            slowed.Get("/long");
        }

        Assert.All(await slowed.Next(10), outcome => Assert.Equal((200, 1 << 20), (outcome.Status, outcome.BodyOctets)));
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

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_AnswerDripsForEver_TimesOut(LoopKind kind)
    {
        using var server = new RawServer(async peer =>
        {
            await peer.ReadRequest();
            await peer.Write("HTTP/1.1 200 OK\r\n\r\n");
            while (true)
            {
                await peer.Write("x");
                await Task.Yield();
            }
        });
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with { ResponseTimeout = Milliseconds(100) });
        rig.Get();
        Assert.Equal("response-timeout", await rig.Say());
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
                rig.Target.EndSession(session);
                await rig.Turn();
            }
        }

        var outcomes = await rig.Next(accepted);
        Assert.Equal(accepted, outcomes.Select(outcome => outcome.Context.ExchangeId).Distinct().Count());
        Assert.Contains(outcomes, outcome => outcome.Result == ShadowResult.Answered);
        Assert.Contains(outcomes, outcome => outcome.Result == ShadowResult.Failed);
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
