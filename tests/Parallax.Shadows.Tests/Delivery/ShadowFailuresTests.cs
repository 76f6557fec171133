using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>Shadows that refuse, hang, reset, lie or never end cost their own requests, each under its reason, and nothing else: on
/// real loops.</summary>
public sealed class ShadowFailuresTests
{
    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_FirstAddressIsDead_TheNextIsTried(LoopKind kind)
    {
        using var server = new TestServer(TestServer.EchoAsync);
        await using var rig = new ShadowRig(kind, [TestServer.Nobody(), TestServer.Nobody(), server.Address]);
        rig.Get();
        rig.Get();
        Assert.Equal("200 200", await rig.Say(2));
    }

    [Theory]
    [InlineData(LoopKind.Epoll, "", "reset")]
    [InlineData(LoopKind.Managed, "", "reset")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal", "reset")]
    [InlineData(LoopKind.Managed, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal", "reset")]
    public async Task Offer_ServerResets_FailsAsReset(LoopKind kind, string before, string expected)
    {
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync(before);
            peer.Reset();
        });
        await using var rig = new ShadowRig(kind, server.Address);
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
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync(before);
        });
        await using var rig = new ShadowRig(kind, server.Address);
        rig.Get();
        Assert.Equal("closed-early", await rig.Say());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_EndlessAnswer_IsCutAndCountsAsAnswered(LoopKind kind)
    {
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\n\r\n");
            while (true)
            {
                await peer.WriteAsync(new byte[64 * 1024]);
            }
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxResponseBytes = 1 << 20 });
        rig.Get();
        Assert.Equal("200-cut", await rig.Say());
        Assert.Equal(1, rig.Inbox.Account.AnswersCut);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_LongAnswers_AreReadAtTheirPace(LoopKind kind)
    {
        using var server = new TestServer(AnswerByLength);
        await using var slowed = new ShadowRig(kind, server.Address, options => options with { LongAnswerBytesPerSecond = 64 << 20 });
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
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            while (true)
            {
                await peer.WriteAsync("HTTP/1.1 102 Processing\r\n\r\n");
            }
        });
        await using var rig = new ShadowRig(kind, server.Address);
        rig.Get();
        Assert.Equal("malformed-answer", await rig.Say());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_FreshConnectionIsReset_IsNotSentAgain(LoopKind kind)
    {
        var requests = 0;
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            Interlocked.Increment(ref requests);
            peer.Reset();
        });
        await using var rig = new ShadowRig(kind, server.Address);
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
        using var server = new TestServer(peer => Misbehave(peer, new Random(peer.Number)));
        await using var rig = new ShadowRig(kind, server.Address, options => options with
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

    /// <summary>Answers with 1 MiB where the target says "long", else with 60,000 octets.</summary>
    internal static async Task AnswerByLength(TestWire peer)
    {
        while (await peer.ReadAsync() is { } request)
        {
            var length = request.Line.Contains("long", StringComparison.Ordinal) ? 1 << 20 : 60_000;
            await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
            await peer.WriteAsync(new byte[length]);
        }
    }

    private static async Task Misbehave(TestWire peer, Random random)
    {
        while (random.Next(12) > 0)
        {
            var isEarly = random.Next(6) == 0;
            if (!isEarly && await peer.ReadAsync() is null)
            {
                return;
            }

            switch (random.Next(9))
            {
                case 0:
                    peer.Reset();
                    return;
                case 1:
                    await peer.HangAsync();
                    return;
                case 2:
                    await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                    return;
                case 3:
                    await peer.WriteAsync("garbage\r\n\r\n");
                    break;
                case 4:
                    await peer.WriteAsync("HTTP/1.1 200 OK\r\n\r\nuntil the end");
                    return;
                case 5:
                    await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{new string('x', 100_000)}");
                    break;
                default:
                    await peer.WriteAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                    break;
            }
        }
    }

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}
