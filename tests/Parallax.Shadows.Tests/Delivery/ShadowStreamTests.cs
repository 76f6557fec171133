using System.Security.Cryptography;
using System.Text;
using Parallax.Reactor.Loops;
using Parallax.TestKit;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>Requests whose bodies are still coming.</summary>
public sealed class ShadowStreamTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private const string ChunkedHead = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    [Theory]
    [InlineData(LoopKind.Epoll, 100)]
    [InlineData(LoopKind.Epoll, 16_000)]
    [InlineData(LoopKind.Managed, 16_000)]
    [InlineData(LoopKind.Epoll, 64 << 10)]
    [InlineData(LoopKind.Managed, 64 << 10)]
    public async Task TryAppend_TargetKeepsUp_BodiesOfAnySizePass(LoopKind kind, int step)
    {
        var coded = ShadowRig.Chunked(ShadowRig.Octets(step * 400));
        var arrived = new TaskCompletionSource<string>();
        long taken = 0;
        using var server = new TestServer(async peer =>
        {
            Assert.Equal(ChunkedHead, await peer.ReadHeadAsync());
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (var left = coded.Length; left > 0;)
            {
                var octets = await peer.ReadExactlyAsync(Math.Min(left, step));
                hash.AppendData(octets);
                left -= octets.Length;
                Interlocked.Add(ref taken, octets.Length);
            }

            arrived.SetResult(Convert.ToHexString(hash.GetHashAndReset()));
            await peer.WriteAsync(Ok);
            await TestServer.EchoAsync(peer);
        });
        await using var rig = new ShadowRig(kind, server.Address);
        var stream = await rig.OnLoop(() => rig.OpenStream(ChunkedHead));
        for (var at = 0; at < coded.Length; at += step)
        {
            // A producer that the target can follow: never more than half the bound ahead.
            while (at - Interlocked.Read(ref taken) > 512 << 10)
            {
                await rig.Turn();
            }

            Assert.True(await rig.OnLoop(() => stream!.TryAppend(coded.AsSpan(at, Math.Min(step, coded.Length - at)))));
        }

        Assert.False(arrived.Task.IsCompleted && rig.Inbox.Account.Answered > 0);
        await rig.OnLoop(stream!.Complete);
        Assert.Equal("200", await rig.Say());
        Assert.Equal(Convert.ToHexString(SHA256.HashData(coded)), await arrived.Task);
        await rig.OnLoop(() => rig.GetPrepared());
        Assert.Equal("200", await rig.Say());
        Assert.Equal(1, server.Accepted);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task TryAppend_TargetTakesNothing_IsAbandonedAtTheBoundAndCountedOnce(LoopKind kind)
    {
        using var server = new TestServer(async peer =>
        {
            await peer.ReadHeadAsync();
            await new TaskCompletionSource().Task;
        });
        await using var rig = new ShadowRig(kind, server.Address);
        var stream = await rig.OnLoop(() => rig.OpenStream(ChunkedHead));
        var octets = new byte[64 << 10];
        var appended = 0;
        while (await rig.OnLoop(() => stream!.TryAppend(octets)))
        {
            appended++;
            Assert.InRange(rig.Pool.RentedBytes, 0, (1 << 20) + (128 << 10));
        }

        Assert.InRange(appended, 16, 400);
        Assert.Equal("body-overflow", await rig.Say());
        await rig.OnLoop(() =>
        {
            Assert.False(stream!.TryAppend(octets));
            Assert.True(stream.IsOver);
            stream.Complete();
        });
        Assert.Equal(1, rig.Inbox.Account.Dropped[(int)DropReason.BodyOverflow]);
    }

    [Fact]
    public async Task TryAppend_InLine_GrowsToTheBoundAndIsLetGoAtOnce()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer => peer.HangAsync());
        await using var rig = new ShadowRig(network, server.Address, options => options with
        {
            MaxConnections = 1,
            StreamBufferBytes = 200_000,
            ResponseTimeout = TimeSpan.FromMilliseconds(300),
        });
        await rig.OnLoop(() => rig.GetPrepared());
        var stream = await rig.OnLoop(() => rig.OpenStream(ChunkedHead));
        await rig.OnLoop(() =>
        {
            Assert.True(stream!.TryAppend(new byte[100_000]));
            Assert.True(stream.TryAppend(new byte[100_000]));
            var held = rig.Pool.RentedBytes;
            Assert.False(stream.TryAppend(new byte[1]));
            Assert.True(rig.Pool.RentedBytes < held - 200_000);
            var account = rig.Inbox.Account;
            Assert.Equal((1, 0), (account.Queued + account.InFlight, account.Unexplained));
        });
        Assert.Equal(["body-overflow"], rig.SaidByNow());
        rig.Advance(299);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(["response-timeout"], rig.SaidByNow());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task TryAppend_PoolIsUsedUp_IsAbandoned(LoopKind kind)
    {
        using var server = new TestServer(peer => peer.HangAsync());
        await using var rig = new ShadowRig(kind, server.Address);
        var stream = await rig.OnLoop(() => rig.OpenStream(ChunkedHead));
        var hoard = rig.Pool.Rent((1 << 30) - 2000);
        Assert.False(await rig.OnLoop(() => stream!.TryAppend(new byte[8000])));
        Assert.Equal("body-overflow", await rig.Say());
        rig.Pool.Return(hoard);
    }

    [Theory]
    [InlineData(LoopKind.Epoll, false)]
    [InlineData(LoopKind.Epoll, true)]
    [InlineData(LoopKind.Managed, false)]
    [InlineData(LoopKind.Managed, true)]
    public async Task Cancel_BeforeTheEnd_BreaksTheRequestAndIsCountedOnce(LoopKind kind, bool isInLine)
    {
        var begun = new TaskCompletionSource();
        var broken = new TaskCompletionSource();
        using var server = new TestServer(async peer =>
        {
            try
            {
                await peer.ReadHeadAsync();
                begun.TrySetResult();
                await peer.HangAsync();
            }
            finally
            {
                broken.TrySetResult();
            }
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 1 });
        if (isInLine)
        {
            await rig.OnLoop(() => rig.GetPrepared());
        }

        var stream = await rig.OnLoop(() => rig.OpenStream(ChunkedHead, "5\r\nhello\r\n"u8));
        await ShadowRig.Soon(begun.Task);
        await rig.OnLoop(() =>
        {
            stream!.TryAppend("5\r\nhello\r\n"u8);
            stream.Cancel();
            stream.Cancel();
            Assert.False(stream.TryAppend("5\r\nhello\r\n"u8));
        });
        Assert.Equal("cancelled", await rig.Say());
        if (!isInLine)
        {
            await ShadowRig.Soon(broken.Task);
        }

        await rig.Drain(0.05);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Cancel_AfterComplete_DoesNothing(LoopKind kind)
    {
        var go = new TaskCompletionSource();
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            await go.Task;
            await peer.WriteAsync(Ok);
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(kind, server.Address);
        await rig.OnLoop(() =>
        {
            var stream = rig.OpenStream(ChunkedHead, "5\r\nhello\r\n0\r\n\r\n"u8);
            stream!.Complete();
            stream.Cancel();
        });
        go.SetResult();
        Assert.Equal("200", await rig.Say());
    }

    [Theory]
    [InlineData(LoopKind.Epoll, "Connection: close\r\n", 2)]
    [InlineData(LoopKind.Managed, "Connection: close\r\n", 2)]
    [InlineData(LoopKind.Epoll, "", 1)]
    [InlineData(LoopKind.Managed, "", 1)]
    public async Task TryAppend_AnsweredEarly_IsSettledAndTheRestIsSentOrIgnored(LoopKind kind, string field, int connections)
    {
        var rest = new TaskCompletionSource<string>();
        using var server = new TestServer(async peer =>
        {
            if (peer.Number > 0)
            {
                await TestServer.EchoAsync(peer);
                return;
            }

            await peer.ReadHeadAsync();
            await peer.WriteAsync($"HTTP/1.1 413 No\r\n{field}Content-Length: 0\r\n\r\n");
            if (field.Length == 0)
            {
                rest.SetResult(Encoding.Latin1.GetString(await peer.ReadExactlyAsync(10)));
                await TestServer.EchoAsync(peer);
            }
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 1 });
        var stream = await rig.OnLoop(() => rig.OpenStream("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n"));
        Assert.Equal("413", await rig.Say());
        await rig.OnLoop(() => stream!.TryAppend("01234"u8));
        await rig.OnLoop(() => rig.GetPrepared());
        await rig.OnLoop(() =>
        {
            stream!.TryAppend("56789"u8);
            stream.Complete();
        });
        Assert.Equal("200", await rig.Say());
        Assert.Equal(connections, server.Accepted);
        Assert.Equal("0123456789", field.Length == 0 ? await rest.Task : "0123456789");
    }

    [Fact]
    public async Task Complete_ProducerWasSlow_OnlyTheTargetsTimeCounts()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync(Ok);
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(
            network, server.Address, options => options with { ResponseTimeout = TimeSpan.FromMilliseconds(200) });
        var stream = await rig.OnLoop(() => rig.OpenStream(ChunkedHead, "5\r\nhello\r\n"u8));

        // Three times the time the target has.
        rig.Advance(600);
        Assert.Empty(rig.SaidByNow());
        await rig.OnLoop(() =>
        {
            Assert.True(stream!.TryAppend("0\r\n\r\n"u8));
            stream.Complete();
        });
        Assert.Equal(["200"], rig.SaidByNow());
    }

    // What the target has taken since its time was looked at last gives it that time once more.
    [Theory]
    [InlineData(true, 40)]
    [InlineData(false, 80)]
    public async Task Complete_NoAnswer_TimesOut(bool isSentBefore, int timeout)
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer => peer.HangAsync());
        await using var rig = new ShadowRig(
            network, server.Address, options => options with { ResponseTimeout = TimeSpan.FromMilliseconds(40) });
        var stream = await rig.OnLoop(() =>
        {
            var opened = rig.OpenStream(ChunkedHead, "0\r\n\r\n"u8)!;
            if (!isSentBefore)
            {
                opened.Complete();
            }

            return opened;
        });
        await rig.OnLoop(stream.Complete);
        rig.Advance(timeout - 1);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(["response-timeout"], rig.SaidByNow());
    }

    [Fact]
    public async Task DrainAsync_StreamNeverEnds_IsDroppedAsShutdown()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, peer => peer.HangAsync());
        await using var rig = new ShadowRig(network, server.Address, options => options with { MaxConnections = 1 });
        var streams = await rig.OnLoop(() => new[] { rig.OpenStream(ChunkedHead), rig.OpenStream(ChunkedHead) });
        var draining = rig.Inbox.DrainAsync(TimeSpan.FromMilliseconds(50));
        rig.Advance(49);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(2, (await draining).Dropped[(int)DropReason.Shutdown]);
        await rig.OnLoop(() => Assert.All(streams, stream =>
        {
            Assert.False(stream!.TryAppend("x"u8));
            stream.Complete();
        }));
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Loop_Stops_StreamsAreOver(LoopKind kind)
    {
        using var server = new TestServer(peer => peer.HangAsync());
        await using var rig = new ShadowRig(kind, server.Address, options => options with { MaxConnections = 1 });
        var streams = await rig.OnLoop(() => new[] { rig.OpenStream(ChunkedHead), rig.OpenStream(ChunkedHead) });
        await rig.Turn();
        rig.Loop.Stop();
        Assert.Equal("shutdown shutdown", await rig.Say(2));
        Assert.All(streams, stream => Assert.True(stream!.IsOver));
    }
}
