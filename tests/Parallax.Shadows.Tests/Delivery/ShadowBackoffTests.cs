namespace Parallax.Shadows.Tests.Delivery;

/// <summary>A shadow that accepts connections and answers nothing on them is not hammered with new ones.</summary>
public sealed class ShadowBackoffTests
{
    public static TheoryData<LoopKind, bool> Ways => new()
    {
        { LoopKind.Epoll, false }, { LoopKind.Epoll, true }, { LoopKind.Managed, false }, { LoopKind.Managed, true },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Offer_ServerAcceptsAndEnds_IsAskedOnceAndTheRestExpires(LoopKind kind, bool resets)
    {
        using var server = new RawServer(async peer =>
        {
            await peer.ReadHead();
            if (resets)
            {
                peer.Reset();
            }
        });
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with
        {
            FirstBackoff = TimeSpan.FromHours(1),
            MaxBackoff = TimeSpan.FromHours(1),
            QueueTimeout = TimeSpan.FromMilliseconds(100),
        });
        rig.Get();
        Assert.Equal(resets ? "reset" : "closed-early", await rig.Say());
        for (var time = 0; time < 100; time++)
        {
            rig.Get();
        }

        Assert.All(await rig.Next(100), outcome => Assert.Equal("queue-expired", ShadowRig.Short(outcome)));
        Assert.Equal((1, 1), (rig.Target.Account.Connects, server.Accepted));
    }

    [Theory]
    [InlineData(LoopKind.Epoll)]
    [InlineData(LoopKind.Managed)]
    public async Task Offer_SessionsOfAServerThatAcceptsAndEnds_WaitToo(LoopKind kind)
    {
        using var server = new RawServer(async peer => await peer.ReadHead());
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with
        {
            KeepSessions = true,
            FirstBackoff = TimeSpan.FromHours(1),
            MaxBackoff = TimeSpan.FromHours(1),
            QueueTimeout = TimeSpan.FromMilliseconds(100),
        });
        rig.Get(session: 1);
        Assert.Equal("closed-early", await rig.Say());
        for (var session = 2; session <= 20; session++)
        {
            rig.Get(session: session);
        }

        Assert.All(await rig.Next(19), outcome => Assert.Equal("queue-expired", ShadowRig.Short(outcome)));
        Assert.Equal(1, server.Accepted);
    }

    [Theory]
    [InlineData(LoopKind.Epoll)]
    [InlineData(LoopKind.Managed)]
    public async Task Offer_AfterAFailure_OneConnectionShowsWhetherTheServerAnswers(LoopKind kind)
    {
        var mayEnd = new TaskCompletionSource();
        using var server = new RawServer(async peer =>
        {
            await peer.ReadHead();
            if (peer.Number > 0)
            {
                await mayEnd.Task;
            }
        });
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with
        {
            FirstBackoff = TimeSpan.FromTicks(1),
            MaxBackoff = TimeSpan.FromHours(1),
            QueueTimeout = TimeSpan.FromMilliseconds(100),
        });
        rig.Get();
        Assert.Equal("closed-early", await rig.Say());
        for (var time = 0; time < 10; time++)
        {
            rig.Get();
        }

        Assert.All(await rig.Next(9), outcome => Assert.Equal("queue-expired", ShadowRig.Short(outcome)));
        Assert.Equal(2, server.Accepted);
        mayEnd.SetResult();
        Assert.Equal("closed-early", await rig.Say());
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Offer_ServerAnswersAfterAWhile_HasAsManyConnectionsAsBefore(LoopKind kind, bool breaksOff)
    {
        const int Failures = 6;
        var waiting = 0;
        var all = new TaskCompletionSource();
        using var server = new RawServer(async peer =>
        {
            if (peer.Number < Failures)
            {
                await (breaksOff ? BreakOff(peer, resets: false) : peer.ReadHead());
                return;
            }

            while (await peer.ReadHead() is not null)
            {
                // The first that comes through is answered at once; the others only when all of them are there.
                var number = Interlocked.Increment(ref waiting);
                if (number == 8)
                {
                    all.SetResult();
                }

                await (number == 1 ? Task.CompletedTask : all.Task);
                await peer.Write("HTTP/1.1 204 No Content\r\n\r\n");
            }
        });
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with
        {
            FirstBackoff = TimeSpan.FromMilliseconds(1),
            MaxBackoff = TimeSpan.FromMilliseconds(2),
        });
        for (var time = 0; time < Failures; time++)
        {
            rig.Get();
            Assert.Equal("closed-early", await rig.Say());
        }

        for (var time = 0; time < 8; time++)
        {
            rig.Get();
        }

        Assert.All(await rig.Next(8), outcome => Assert.Equal("204", ShadowRig.Short(outcome)));
        Assert.Equal(TimeSpan.Zero, rig.Target.DownFor);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Offer_FiveAnswersInARowBreakOff_TheRestExpires(LoopKind kind, bool resets)
    {
        using var server = new RawServer(peer => BreakOff(peer, resets));
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with
        {
            FirstBackoff = TimeSpan.FromHours(1),
            MaxBackoff = TimeSpan.FromHours(1),
            QueueTimeout = TimeSpan.FromMilliseconds(100),
        });
        for (var time = 0; time < 5; time++)
        {
            rig.Get();
            Assert.Equal(resets ? "reset" : "closed-early", await rig.Say());
        }

        for (var time = 0; time < 100; time++)
        {
            rig.Get();
        }

        Assert.All(await rig.Next(100), outcome => Assert.Equal("queue-expired", ShadowRig.Short(outcome)));
        Assert.Equal((5, 5), (rig.Target.Account.Connects, server.Accepted));
        Assert.True(rig.Target.DownFor > TimeSpan.Zero);
    }

    [Theory]
    [InlineData(LoopKind.Epoll)]
    [InlineData(LoopKind.Managed)]
    public async Task Offer_FiveAnswersInARowAreNoHttp_TheRestExpires(LoopKind kind)
    {
        using var server = new RawServer(async peer =>
        {
            await peer.ReadHead();
            await peer.Write("\u0015\u0003\u0001\0\u0002\u0002\u0046 an alert of TLS\r\n\r\n");
            await peer.Hang();
        });
        await using var rig = new ShadowRig(kind, server.EndPoint, options => options with
        {
            FirstBackoff = TimeSpan.FromHours(1),
            MaxBackoff = TimeSpan.FromHours(1),
            QueueTimeout = TimeSpan.FromMilliseconds(100),
        });
        for (var time = 0; time < 5; time++)
        {
            rig.Get();
            Assert.Equal("malformed-answer", await rig.Say());
        }

        for (var time = 0; time < 100; time++)
        {
            rig.Get();
        }

        Assert.All(await rig.Next(100), outcome => Assert.Equal("queue-expired", ShadowRig.Short(outcome)));
        Assert.Equal((5, 5), (rig.Target.Account.Connects, server.Accepted));
    }

    [Fact]
    public async Task Offer_EveryFifthAnswerIsWhole_IsNoFailure()
    {
        using var server = new RawServer(async peer =>
        {
            if (peer.Number % 5 < 4)
            {
                await BreakOff(peer, resets: false);
                return;
            }

            await peer.ReadHead();
            await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
        await using var rig = new ShadowRig(LoopKind.Epoll, server.EndPoint, options => options with
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
        using var server = new RawServer(async peer =>
        {
            await peer.ReadHead();
            await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789");
            await peer.Hang();
        });
        await using var rig = new ShadowRig(LoopKind.Epoll, server.EndPoint, options => options with
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
        using var server = new RawServer(async peer =>
        {
            await peer.ReadHead();
            await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        });
        await using var rig = new ShadowRig(LoopKind.Epoll, server.EndPoint, options => options with
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

    private static async Task BreakOff(RawPeer peer, bool resets)
    {
        await peer.ReadHead();
        await peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
        if (resets)
        {
            peer.Reset();
        }
    }
}
