using Parallax.Reactor.Loops;
using Parallax.TestKit;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>How a target ends.</summary>
public sealed class ShadowDrainTests
{
    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task DrainAsync_InFlight_FinishesAndTakesNoMore(LoopKind kind)
    {
        var go = new TaskCompletionSource();
        using var server = new TestServer(async peer =>
        {
            while (await peer.ReadAsync() is not null)
            {
                await go.Task;
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 2 });
        for (var time = 0; time < 10; time++)
        {
            rig.Get();
        }

        await rig.Turn();
        var draining = rig.Drain();
        Assert.Equal(DropReason.Shutdown, rig.Get());
        go.SetResult();
        var account = await draining;
        Assert.Equal((10, 1, 11), (account.Answered, account.Dropped[(int)DropReason.Shutdown], account.Offered));
    }

    [Fact]
    public async Task DrainAsync_DeadlinePasses_DropsTheRestAsShutdown()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer => peer.HangAsync());
        await using var rig = new ShadowRig(network, server.Address, options => options with { MaxConnections = 2 });
        for (var time = 0; time < 10; time++)
        {
            rig.Get();
        }

        var draining = rig.Inbox.DrainAsync(TimeSpan.FromMilliseconds(50));
        rig.Advance(49);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(Enumerable.Repeat("shutdown", 10), rig.SaidByNow());
        Assert.Equal(10, (await draining).Dropped[(int)DropReason.Shutdown]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DrainAsync_TargetIsDown_DropsTheRestAsTargetDown(bool keepsSessions)
    {
        var network = new SimulatedNetwork();
        await using var rig = new ShadowRig(
            network, SimulatedServer.Nobody(), options => options with { KeepSessions = keepsSessions });
        for (var time = 0; time < 10; time++)
        {
            rig.Get();
        }

        rig.Advance(1);
        var draining = rig.Inbox.DrainAsync(TimeSpan.FromMilliseconds(50));
        rig.Advance(50);
        var account = await draining;
        Assert.Equal(10, account.Dropped[(int)DropReason.TargetDown] + account.Failed.Sum());
        Assert.True(account.Dropped[(int)DropReason.TargetDown] > 0);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Loop_StopsWithoutADrain_EverythingIsDroppedAsShutdown(LoopKind kind)
    {
        using var server = new TestServer(peer => peer.HangAsync());
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 1 });
        for (var time = 0; time < 10; time++)
        {
            rig.Get();
        }

        await rig.Turn();
        rig.Loop.Stop();
        var account = await rig.Drain();
        Assert.Equal(10, account.Dropped[(int)DropReason.Shutdown]);
    }
}
