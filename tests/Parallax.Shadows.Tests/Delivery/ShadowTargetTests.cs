using Parallax.TestKit;
using Parallax.Reactor.Loops;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>What a target does with shadows that behave and shadows that do not. Every test ends with the rig's proof that the account
/// is whole and no block of memory is lost.</summary>
public sealed class ShadowTargetTests
{
    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_ServerAnswers_IsAnsweredOnOneKeptConnection(LoopKind kind)
    {
        using var server = new TestServer(TestServer.EchoAsync);
        await using var rig = new ShadowRig(kind, server.Address);
        for (var time = 0; time < 20; time++)
        {
            rig.Get();
            var outcome = await rig.Next();
            Assert.Equal("200", ShadowRig.Short(outcome));
            long[] times = [outcome.OfferedAt, outcome.SentAt, outcome.FirstOctetAt, outcome.EndedAt];
            Assert.Equal(times.Order(), times);
        }

        Assert.Equal(1, server.Accepted);
        Assert.Equal(20, rig.Inbox.Account.AnsweredByClass[2]);
        Assert.True(rig.Inbox.Account.DelayMedian > 0);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_ManyAtOnce_AreAllAnsweredWithinTheConnectionLimit(LoopKind kind)
    {
        using var server = new TestServer(TestServer.EchoAsync);
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 8 });
        for (var time = 0; time < 2000; time++)
        {
            Assert.Equal(DropReason.None, rig.Get());
        }

        Assert.All(await rig.Next(2000), outcome => Assert.Equal("200", ShadowRig.Short(outcome)));
        Assert.InRange(server.Accepted, 1, 8);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_HeadArrives_AsTheRewriterWroteIt(LoopKind kind)
    {
        var heads = new TaskCompletionSource<RawMessage>();
        using var server = new TestServer(async peer =>
        {
            heads.SetResult((await peer.ReadAsync())!);
            await peer.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n");
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(kind, server.Address);
        rig.Offer("PUT /x?y HTTP/1.1\r\nhost: a:1\r\nX:  1\r\nX: 2\r\nContent-Length: 3\r\n\r\n", "abc"u8.ToArray());
        Assert.Equal("204", await rig.Say());
        var request = await heads.Task;
        Assert.Equal(
            "PUT /x?y HTTP/1.1\r\nhost: a-shadow:1\r\nX:  1\r\nX: 2\r\nContent-Length: 3\r\n"
            + "x-envoy-internal: true\r\nx-parallax-shadow: test\r\n"
            + $"x-parallax-shadow-proof: {ShadowMark.OfThisProcess.ProofOf("test")}\r\n\r\n",
            request.Head);
        Assert.Equal("abc"u8.ToArray(), request.Body);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_InterimAnswersFirst_OnlyTheFinalCounts(LoopKind kind)
    {
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is not null)
            {
                await peer.WriteAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n");
                await peer.WriteAsync("HTTP/1.1 418 Teapot\r\nContent-Length: 1\r\n\r\nx");
            }
        });
        await using var rig = new ShadowRig(kind, server.Address);
        rig.Get();
        rig.Get();
        Assert.Equal("418 418", await rig.Say(2));
    }

    [Theory]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\n\r\nhello")]
    [InlineData(LoopKind.Managed, "HTTP/1.1 200 OK\r\n\r\nhello")]
    [InlineData(LoopKind.Epoll, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData(LoopKind.Managed, "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task Offer_ServerKeepsNoConnection_EachGetsItsOwn(LoopKind kind, string answer)
    {
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync(answer);
        });
        await using var rig = new ShadowRig(kind, server.Address);
        for (var time = 0; time < 5; time++)
        {
            rig.Get();
            var outcome = await rig.Next();
            Assert.Equal(("200", 5), (ShadowRig.Short(outcome), outcome.BodyOctets));
        }

        Assert.True(server.Accepted >= 5);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_KeptConnectionWasClosed_IsSentOnceMore(LoopKind kind)
    {
        using var server = new TestServer(async peer =>
        {
            // The first connection answers once and then resets the next request; as if that had crossed the end of an idle connection.
            await peer.ReadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            await peer.ReadAsync();
            if (peer.Number == 0)
            {
                peer.Reset();
                return;
            }

            await peer.WriteAsync("HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n");
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(kind, server.Address);
        rig.Get();
        Assert.Equal("200", await rig.Say());
        rig.Get();
        var outcome = await rig.Next();
        Assert.Equal(("200", true), (ShadowRig.Short(outcome), outcome.WasResent));
        Assert.Equal(1, rig.Inbox.Account.Resent);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_AnswerBeforeTheBodyIsTaken_CountsAtOnceAndTheBodyFollows(LoopKind kind)
    {
        var body = ShadowRig.Octets(8 << 20);
        var received = new TaskCompletionSource<byte[]>();
        var answered = new TaskCompletionSource();
        using var server = new TestServer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            await answered.Task;
            received.SetResult(await peer.ReadExactlyAsync(body.Length));
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(kind, server.Address);
        rig.Post(body);
        Assert.Equal("200", await rig.Say());
        answered.SetResult();
        Assert.Equal(body, await ShadowRig.Soon(received.Task));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_ServerRefusesTheBodyAndCloses_IsAnswered(LoopKind kind)
    {
        using var server = new TestServer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
            peer.End();
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(kind, server.Address);
        rig.Post(new byte[4 << 20]);
        Assert.Equal("413", await rig.Say());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Offer_HalfARequest_IsNeverSent(LoopKind kind)
    {
        using var server = new TestServer(TestServer.EchoAsync);
        await using var rig = new ShadowRig(kind, server.Address);
        Assert.Equal(DropReason.RequestIncomplete, OfferHalf(rig, MessageState.Incomplete));
        Assert.Equal(DropReason.RequestIncomplete, OfferHalf(rig, MessageState.Broken));
        Assert.Equal(DropReason.BodyTruncated, OfferHalf(rig, MessageState.Truncated));
        Assert.Equal(DropReason.BodyTruncated, OfferHalf(rig, MessageState.IncompleteAndTruncated));
        Assert.Equal(DropReason.BodyTruncated, OfferHalf(rig, MessageState.BrokenAndTruncated));
        Assert.Equal(5, rig.Inbox.Account.Offered);
        Assert.Equal(0, server.Accepted);
    }

    [Fact]
    public async Task Offer_IdleTooLong_ConnectionIsClosed()
    {
        var network = new SimulatedNetwork();
        var isClosed = false;
        using var server = new SimulatedServer(network, async peer =>
        {
            await TestServer.EchoAsync(peer);
            isClosed = true;
        });
        await using var rig = new ShadowRig(
            network, server.Address, options => options with { IdleTimeout = TimeSpan.FromMilliseconds(30) });
        rig.Get();
        Assert.Equal(["200"], rig.SaidByNow());
        rig.Advance(29);
        Assert.False(isClosed);
        rig.Advance(1);
        Assert.True(isClosed);
    }

    private static DropReason OfferHalf(ShadowRig rig, MessageState state)
    {
        using var request = Messages.Request(rig.Pool, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", "he"u8, state);
        rig.CountRefused();
        return rig.Inbox.Offer(request, default);
    }
}
