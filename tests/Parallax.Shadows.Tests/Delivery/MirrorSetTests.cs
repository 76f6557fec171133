using System.Net;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Shadows.Tests.Delivery;

public sealed class MirrorSetTests
{
    private readonly SampleDraw _draw = new(StickyBy.Nothing, new Random(3));

    [Fact]
    public async Task Offer_TwoShares_TheSmallerReceivesASubset()
    {
        using var server = new TestServer(TestServer.EchoAsync);
        await using var small = new ShadowRig(LoopKind.Epoll, server.Address);
        await using var large = new ShadowRig(LoopKind.Epoll, server.Address);
        var (ten, twenty) = (MirrorOf(small, "10"), MirrorOf(large, "20"));
        var set = new MirrorSet([ten, twenty]);
        Offer(set, small.Pool, "GET / HTTP/1.1\r\n\r\n", 2000);
        AssertConserved(ten, 2000);
        AssertConserved(twenty, 2000);
        Assert.InRange(ten.Target.Account.Offered, 150, 250);
        Assert.InRange(twenty.Target.Account.Offered, 330, 470);
        var inLarge = (await large.Next((int)twenty.Target.Account.Offered)).Select(outcome => outcome.Context.ExchangeId).ToHashSet();
        Assert.All(await small.Next((int)ten.Target.Account.Offered), outcome => Assert.Contains(outcome.Context.ExchangeId, inLarge));
    }

    [Fact]
    public async Task Offer_WhatIsNeverMirrored_IsCountedByReason()
    {
        using var server = new TestServer(TestServer.EchoAsync);
        await using var rig = new ShadowRig(LoopKind.Epoll, server.Address);
        var mirror = MirrorOf(rig, "100");
        var set = new MirrorSet([mirror]);
        var proof = ShadowMark.OfThisProcess.ProofOf("other");
        Offer(set, rig.Pool, $"GET / HTTP/1.1\r\nx-parallax-shadow: other\r\nX-Parallax-Shadow-Proof: {proof}\r\n\r\n", 3);
        Offer(set, rig.Pool, "CONNECT a:1 HTTP/1.1\r\n\r\n", 2);
        var builder = default(MessageBuilder);
        builder.Begin(rig.Pool, MessageKind.Request);
        builder.Append("GET / HT"u8);
        using (var headless = builder.Seal(MessageState.Incomplete))
        {
            set.Offer(headless, default, default);
            set.Wake();
            rig.CountRefused();
        }

        Assert.Equal((3, 2), (mirror.Counters.Drops[DropReason.LoopGuard], mirror.Counters.Drops[DropReason.Tunnel]));
        Assert.Equal(1, rig.Inbox.Account.Dropped[(int)DropReason.RequestIncomplete]);
        AssertConserved(mirror, 6);
    }

    [Fact]
    public async Task Wake_RequestsOfABatch_AreSentThen()
    {
        using var server = new TestServer(TestServer.EchoAsync);
        await using var rig = new ShadowRig(LoopKind.Epoll, server.Address);
        var set = new MirrorSet([MirrorOf(rig, "100")]);
        using var request = Messages.Request(rig.Pool, "GET / HTTP/1.1\r\n\r\n");
        set.Offer(request, default, default);
        set.Offer(request, default, default);
        Assert.Equal(2, rig.Inbox.Account.Queued);
        set.Wake();
        Assert.All(await rig.Next(2), outcome => Assert.Equal(ShadowResult.Answered, outcome.Result));
    }

    private static void AssertConserved(Mirror mirror, long received)
    {
        Assert.Equal(received, mirror.Counters.Received);
        var counted = mirror.Counters;
        Assert.Equal(received, mirror.Target.Account.Offered + counted.NotMatched + counted.NotSampled + counted.Drops.Total);
    }

    private static Mirror MirrorOf(ShadowRig rig, string percent)
    {
        Assert.True(Sampler.TryParse(percent, out var sampler, out _));
        return new Mirror(new MirrorPolicy { Sampler = sampler }, rig.Inbox);
    }

    private void Offer(MirrorSet set, OctetPool pool, string head, int times)
    {
        for (var id = 0; id < times; id++)
        {
            using var request = Messages.Request(pool, head);
            var client = new Endpoint(NetworkAddress.From(IPAddress.Loopback), 1);
            var draw = _draw.Next(request.Head, request.HeadOctets, client.Address);
            set.Offer(
                request,
                new RequestContext(id, 0, client, 0),
                MirrorContext.Of(request.Head, request.HeadOctets, ShadowMark.OfThisProcess, draw, now: 0));
        }

        set.Wake();
    }
}
