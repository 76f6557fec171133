using Parallax.Reactor.Loops;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>A shadow that accepts connections and answers nothing on them is not hammered with new ones.</summary>
public sealed class ShadowBackoffTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Offer_ServerAcceptsAndEnds_IsAskedOnceAndTheRestExpires(bool resets)
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, async peer =>
        {
            await peer.ReadHeadAsync();
            if (resets)
            {
                peer.Reset();
            }
        });
        await using var rig = new ShadowRig(network, server.Address, LongPauses);
        rig.Get();
        Assert.Equal([resets ? "reset" : "closed-early"], rig.SaidByNow());
        Expire(rig, () => rig.Get());
        Assert.Equal((1, 1), (rig.Inbox.Account.Connects, server.Accepted));
    }

    [Fact]
    public async Task Offer_SessionsOfAServerThatAcceptsAndEnds_WaitToo()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, async peer => await peer.ReadHeadAsync());
        await using var rig = new ShadowRig(network, server.Address, options => LongPauses(options) with { KeepSessions = true });
        rig.Get(session: 1);
        Assert.Equal(["closed-early"], rig.SaidByNow());
        var session = 1;
        Expire(rig, () => rig.Get(session: ++session));
        Assert.Equal(1, server.Accepted);
    }

    [Fact]
    public async Task Offer_AfterAFailure_OneConnectionShowsWhetherTheServerAnswers()
    {
        var network = new SimulatedNetwork();
        var mayEnd = new TaskCompletionSource();
        using var server = new SimulatedServer(network, async peer =>
        {
            await peer.ReadHeadAsync();
            if (peer.Number > 0)
            {
                await mayEnd.Task;
            }
        });
        await using var rig = new ShadowRig(
            network, server.Address, options => LongPauses(options) with { FirstBackoff = TimeSpan.FromMilliseconds(1) });
        rig.Get();
        Assert.Equal(["closed-early"], rig.SaidByNow());
        rig.Advance(1);
        for (var time = 0; time < 10; time++)
        {
            rig.Get();
        }

        rig.Advance(100);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(Enumerable.Repeat("queue-expired", 9), rig.SaidByNow());
        Assert.Equal(2, server.Accepted);
        mayEnd.SetResult();
        Assert.Equal(["closed-early"], rig.SaidByNow());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Offer_ServerAnswersAfterAWhile_HasAsManyConnectionsAsBefore(bool breaksOff)
    {
        const int Failures = 6;
        var network = new SimulatedNetwork();
        var waiting = 0;
        var all = new TaskCompletionSource();
        using var server = new SimulatedServer(network, async peer =>
        {
            if (peer.Number < Failures)
            {
                await (breaksOff ? BreakOff(peer, resets: false) : peer.ReadHeadAsync());
                return;
            }

            while (await peer.ReadHeadAsync() is not null)
            {
                // The first that comes through is answered at once; the others only when all of them are there.
                var number = ++waiting;
                if (number == 8)
                {
                    all.SetResult();
                }

                await (number == 1 ? Task.CompletedTask : all.Task);
                await peer.WriteAsync("HTTP/1.1 204 No Content\r\n\r\n");
            }
        });
        await using var rig = new ShadowRig(network, server.Address, options => options with
        {
            FirstBackoff = TimeSpan.FromMilliseconds(1),
            MaxBackoff = TimeSpan.FromMilliseconds(2),
        });
        for (var time = 0; time < Failures; time++)
        {
            rig.Get();
            rig.Advance(2);
            Assert.Equal(["closed-early"], rig.SaidByNow());
        }

        for (var time = 0; time < 8; time++)
        {
            rig.Get();
        }

        rig.Advance(2);
        Assert.Equal(Enumerable.Repeat("204", 8), rig.SaidByNow());
        Assert.Equal(TimeSpan.Zero, rig.Inbox.DownFor);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Offer_FiveAnswersInARowBreakOff_TheRestExpires(bool resets)
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer => BreakOff(peer, resets));
        await using var rig = new ShadowRig(network, server.Address, LongPauses);
        for (var time = 0; time < 5; time++)
        {
            rig.Get();
            Assert.Equal([resets ? "reset" : "closed-early"], rig.SaidByNow());
        }

        Expire(rig, () => rig.Get());
        Assert.Equal((5, 5), (rig.Inbox.Account.Connects, server.Accepted));
        Assert.InRange(rig.Inbox.DownFor, TimeSpan.FromMilliseconds(101), TimeSpan.FromMilliseconds(102));
    }

    [Fact]
    public async Task Offer_FiveAnswersInARowAreNoHttp_TheRestExpires()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("\u0015\u0003\u0001\0\u0002\u0002\u0046 an alert of TLS\r\n\r\n");
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(network, server.Address, LongPauses);
        for (var time = 0; time < 5; time++)
        {
            rig.Get();
            Assert.Equal(["malformed-answer"], rig.SaidByNow());
        }

        Expire(rig, () => rig.Get());
        Assert.Equal((5, 5), (rig.Inbox.Account.Connects, server.Accepted));
    }

    [Fact]
    public async Task Offer_EveryFifthAnswerIsWhole_IsNoFailure()
    {
        using var server = new TestServer(async peer =>
        {
            if (peer.Number % 5 < 4)
            {
                await BreakOff(peer, resets: false);
                return;
            }

            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
        await using var rig = new ShadowRig(LoopKind.Epoll, server.Address, options => options with
        {
            FirstBackoff = TimeSpan.FromHours(1),
            MaxBackoff = TimeSpan.FromHours(1),
        });
        for (var time = 0; time < 20; time++)
        {
            rig.Get();
            Assert.Equal(time % 5 < 4 ? "closed-early" : "200", await rig.Say());
        }
    }

    [Fact]
    public async Task Offer_AnswersAreCutForTheirLength_IsNoFailure()
    {
        using var server = new TestServer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789");
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(LoopKind.Epoll, server.Address, options => options with
        {
            FirstBackoff = TimeSpan.FromHours(1),
            MaxBackoff = TimeSpan.FromHours(1),
            MaxResponseBytes = 5,
        });
        for (var time = 0; time < 20; time++)
        {
            rig.Get();
            Assert.Equal("200-cut", await rig.Say());
        }
    }

    [Fact]
    public async Task Offer_ServerEndsAfterEachAnswer_IsNoFailure()
    {
        using var server = new TestServer(async peer =>
        {
            await peer.ReadHeadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
        await using var rig = new ShadowRig(LoopKind.Epoll, server.Address, options => options with
        {
            FirstBackoff = TimeSpan.FromHours(1),
            MaxBackoff = TimeSpan.FromHours(1),
        });
        for (var time = 0; time < 50; time++)
        {
            rig.Get();
        }

        Assert.All(await rig.Next(50), outcome => Assert.Equal("200", ShadowRig.Short(outcome)));
    }

    private static ShadowOptions LongPauses(ShadowOptions options) => options with
    {
        FirstBackoff = TimeSpan.FromHours(1),
        MaxBackoff = TimeSpan.FromHours(1),
        QueueTimeout = TimeSpan.FromMilliseconds(100),
    };

    // Whatever is offered during the pause waits for its time and no longer.
    private static void Expire(ShadowRig rig, Action offer)
    {
        for (var time = 0; time < 100; time++)
        {
            offer();
        }

        rig.Advance(100);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(Enumerable.Repeat("queue-expired", 100), rig.SaidByNow());
    }

    private static async Task BreakOff(TestWire peer, bool resets)
    {
        await peer.ReadHeadAsync();
        await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
        if (resets)
        {
            peer.Reset();
        }
    }
}
