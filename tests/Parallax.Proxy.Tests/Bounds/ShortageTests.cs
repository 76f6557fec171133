using Parallax.Proxy.Accounts;
using Parallax.Proxy.Tests.Serving;
using Parallax.TestKit;
using Parallax.Traffic.Queues;

namespace Parallax.Proxy.Tests.Bounds;

/// <summary>What gives way when connections, memory or time are short: shadows first, then clients that take too much.</summary>
public sealed class ShortageTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task SlowShadow_HasItsShareOfConnections(LoopKind kind)
    {
        var mayAnswer = new TaskCompletionSource();
        using var primary = TestServer.Echo();
        using var shadow = new TestServer(async wire =>
        {
            while (await wire.ReadAsync() is not null)
            {
                await mayAnswer.Task;
                await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            }
        });
        await using var rig = new ProxyRig(
            kind, primary.Address, shadow.Address, options: options => options with { Resources = new() { MaxShadowConnections = 4 } });
        using var client = await rig.ConnectAsync();
        for (var time = 0; time < 9; time++)
        {
            await client.WriteAsync(Get);
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }

        Assert.Equal((9, 2), (rig.Account.Shadows.Sum(each => each.Offered), rig.Account.Scarce.Shadows));
        mayAnswer.SetResult();
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task AllConnectionsTaken_NoCopyIsMade_UntilOneIsFree(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        using var shadow = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, options: options => options with
        {
            LastCallTime = TimeSpan.FromSeconds(30),
            Resources = new() { MaxConnections = 1 },
        });
        using (var client = await rig.ConnectAsync())
        {
            await client.WriteAsync(Get);
            Assert.Equal(200, (await client.ReadAsync())!.Status);
            await LookAsync(rig);
            Assert.Equal(OverloadStep.ShedShadows, rig.Account.Scarce.Step);
            await client.WriteAsync(Get);
            Assert.Equal(200, (await client.ReadAsync())!.Status);
            client.End();
            Assert.True(await client.IsAtEndAsync());
        }

        while (rig.Account.Scarce.Step != OverloadStep.None)
        {
            await LookAsync(rig);
        }

        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        Assert.Equal(1, rig.Account.Mirrors[0].Dropped[(int)DropReason.Overload]);
        Assert.Equal(2, rig.Account.Mirrors[0].Offered);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task HeadWithoutMemory_Is503_AndSmallOnesAreServed(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = Short(kind, primary);
        using var large = await rig.ConnectAsync();
        await large.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('a', 30_000));
        var refused = (await large.ReadAsync())!;
        Assert.Equal((503, "close"), (refused.Status, refused["connection"]));
        Assert.Equal(200, (await rig.SendAsync(Get)).Status);
        Assert.Equal(1, rig.Account.Refused[5]);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task BodiesWithoutMemory_PassWhole(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = Short(kind, primary);
        var body = new string('b', 1 << 20);
        var sending = rig.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Assert.Equal(body, (await sending).Text);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task RequestThatNeverEnds_Is408(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(
            kind, primary.Address, options: options => options with { RequestTimeout = TimeSpan.FromMilliseconds(50) });
        Assert.Equal(408, (await rig.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")).Status);
        Assert.Equal(1, rig.Account.AnsweredHereFor[(int)LocalReason.BodyRefused]);
    }

    private static ProxyRig Short(LoopKind kind, TestServer primary) =>
        new(kind, primary.Address, options: options => options with { Resources = new() { MaxClientBytes = 16 * 1024 } });

    private static async Task LookAsync(ProxyRig rig)
    {
        var worker = rig.Server.Workers[0];
        var done = new TaskCompletionSource();
        worker.Loop.Post(_ => rig.Server.Overload.Look(worker.Loop.Now), null);

        // What it had the worker do is done before this is.
        worker.Loop.Post(_ => worker.Loop.Post(_ => done.SetResult(), null), null);
        await done.Task;
    }
}
