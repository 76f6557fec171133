using Parallax.Reactor.Loops;
using Parallax.TestKit;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>At which millisecond a shadow that refuses, hangs or never ends costs a request, on a simulated network.</summary>
public sealed class ShadowFailureTimesTests
{
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
        using (new SimulatedServer(network, TestServer.EchoAsync, address.Port))
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
        using (new SimulatedServer(network, TestServer.EchoAsync, address.Port))
        {
            rig.Get();
            Assert.Equal(["200"], rig.SaidByNow());
        }
    }

    [Fact]
    public async Task Offer_ServerHangs_TimesOutAndTheQueueIsBounded()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer => peer.HangAsync());
        await using var rig = new ShadowRig(network, server.Address, options => options with
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
        using var server = new SimulatedServer(network, peer => peer.HangAsync());
        await using var rig = new ShadowRig(network, server.Address, options => options with
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
        await using var rig = new ShadowRig(network, server.Address, options => options with
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
            await peer.WriteAsync("220 smtp.example ESMTP\r\n");
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(network, server.Address);
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
            await peer.ReadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            await server.Delay(Milliseconds(10));
            await peer.WriteAsync("HTTP/1.1 408 Request Timeout\r\n\r\n");
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(network, server.Address);
        rig.Get();
        Assert.Equal(["200"], rig.SaidByNow());
        rig.Advance(10);
        Assert.Empty(rig.SaidByNow());
        rig.Get();
        Assert.Equal(["200"], rig.SaidByNow());
        Assert.Equal(2, server.Accepted);
    }

    [Fact]
    public async Task Offer_LongAnswerIsStopped_TimesOutAndShortOnesAreReadAtOnce()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, ShadowFailuresTests.AnswerByLength);
        await using var rig = new ShadowRig(network, server.Address, options => options with
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

    [Fact]
    public async Task Offer_AnswerDripsForEver_TimesOut()
    {
        var network = new SimulatedNetwork();
        SimulatedServer server = null!;
        using var disposed = server = new SimulatedServer(network, async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\n\r\n");
            while (true)
            {
                await peer.WriteAsync("x");
                await server.Delay(Milliseconds(1));
            }
        });
        await using var rig = new ShadowRig(network, server.Address, options => options with { ResponseTimeout = Milliseconds(100) });
        rig.Get();
        rig.Advance(99);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(["response-timeout"], rig.SaidByNow());
    }

    private static TimeSpan Milliseconds(int count) => TimeSpan.FromMilliseconds(count);
}
