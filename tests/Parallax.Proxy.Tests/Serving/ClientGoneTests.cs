using System.Net.Sockets;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Tests.Copies;
using Parallax.TestKit;
using Parallax.Traffic.Queues;

namespace Parallax.Proxy.Tests.Serving;

/// <summary>The client leaves: the primary learns what it would have learnt without a proxy.</summary>
public sealed class ClientGoneTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    /// <summary>How a client leaves.</summary>
    public enum Leaving
    {
        End,
        Close,
        Reset,
    }

    /// <summary>Where the exchange is when it does.</summary>
    public enum Moment
    {
        Awaiting,
        AwaitingAfterUpload,
        QuietStream,
        StreamOfHttp10,
        Pipelined,
    }

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    public static TheoryData<LoopKind, Moment, Leaving> Leavings
    {
        get
        {
            var data = new TheoryData<LoopKind, Moment, Leaving>();
            foreach (var kind in Enum.GetValues<LoopKind>())
            {
                foreach (var moment in Enum.GetValues<Moment>())
                {
                    foreach (var leaving in Enum.GetValues<Leaving>())
                    {
                        data.Add(kind, moment, leaving);
                    }
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Leavings))]
    public async Task Client_LeavesBeforeItsResponseIsWhole_PrimaryIsTold(LoopKind kind, Moment moment, Leaving leaving)
    {
        var asked = new TaskCompletionSource();
        var told = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            if (moment is Moment.QuietStream or Moment.StreamOfHttp10)
            {
                await wire.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ndata: 1\r\n");
            }

            asked.SetResult();
            Assert.True(await wire.IsAtEndAsync());
            told.SetResult();
        });
        var logged = new TaskCompletionSource<(int Status, string? Reason)>();
        await using var rig = new ProxyRig(kind, primary.Address, options: options => options with
        {
            Observer = (in AccessEntry entry) => logged.TrySetResult((entry.Status, entry.Reason)),
        });
        using (var client = await rig.ConnectAsync())
        {
            await client.WriteAsync(RequestOf(moment));
            await asked.Task;
            var isStreaming = moment is Moment.QuietStream or Moment.StreamOfHttp10;
            if (isStreaming)
            {
                await client.ReadHeadAsync();
                await client.ReadSomeAsync();
            }

            Leave(client, leaving);
            await told.Task;
            Assert.Equal((isStreaming ? 200 : 499, "client-gone"), await logged.Task);
        }

        var account = rig.Account;
        Assert.Equal(1, account.CutShortFor[(int)BreakReason.ClientGone]);
        Assert.Equal(1, account.Unanswered + account.Broken);
    }

    /// <summary>A laptop that sleeps, a firewall that forgot the connection: neither FIN nor reset comes, and a quiet stream sends nothing
    /// that would meet an error.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Client_VanishesFromAQuietStream_PrimaryIsTold(LoopKind kind)
    {
        var told = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            await wire.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\ndata: 1\r\n");
            await wire.IsAtEndAsync();
            told.SetResult();
        });
        await using var rig = new ProxyRig(kind, primary.Address, options: options => options with
        {
            KeepAlive = new() { Time = TimeSpan.FromSeconds(1), Interval = TimeSpan.FromSeconds(1), Probes = 1 },
        });
        var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        await client.ReadHeadAsync();
        await client.ReadSomeAsync();
        Assert.SkipUnless(client.TryVanish(), "needs CAP_NET_ADMIN on Linux");
        await told.Task;
        await UntilAsync(() => rig.Account.CutShortFor[(int)BreakReason.ClientGone] == 1);
    }

    [Theory]
    [InlineData(LoopKind.Epoll, "Content-Length: 10\r\n\r\nabc", false)]
    [InlineData(LoopKind.Epoll, "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", false)]
    [InlineData(LoopKind.Managed, "Content-Length: 10\r\n\r\nabc", true)]
    [InlineData(LoopKind.Managed, "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", true)]
    public async Task Client_EndsWithinItsBody_PrimarySeesAReset(LoopKind kind, string rest, bool allowsHalfClose)
    {
        var begun = new TaskCompletionSource();
        var end = new TaskCompletionSource<SocketError>();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            await wire.ReadSomeAsync();
            begun.SetResult();
            var fault = await Assert.ThrowsAnyAsync<SocketException>(wire.ReadToEndAsync);
            end.SetResult(fault.SocketErrorCode);
        });
        await using var rig = new ProxyRig(
            kind, primary.Address, options: options => options with { AllowsHalfClose = allowsHalfClose });
        using var client = await rig.ConnectAsync();
        await client.WriteAsync($"POST / HTTP/1.1\r\nHost: a\r\n{rest}");
        await begun.Task;
        client.End();
        Assert.Equal(SocketError.ConnectionReset, await end.Task);
        await UntilAsync(() => rig.Account.Unanswered == 1);
    }

    /// <summary>The primary takes nothing, so nothing more is read of the client.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Client_ResetsWhileReadingIsPaused_PrimaryIsTold(LoopKind kind)
    {
        var hasHead = new TaskCompletionSource();
        var mayRead = new TaskCompletionSource();
        var isOver = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            hasHead.SetResult();
            await mayRead.Task;
            while (!await wire.IsAtEndAsync())
            {
                await wire.ReadSomeAsync();
            }

            isOver.SetResult();
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
        await hasHead.Task;
        client.Fill();
        client.Reset();
        await UntilAsync(() => rig.Account.Unanswered == 1);
        mayRead.SetResult();
        await isOver.Task;
    }

    /// <summary>What is written and left at once arrives, as it would without a proxy.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task FireAndForget_ReachesPrimaryAndShadow(LoopKind kind)
    {
        var seen = new TaskCompletionSource<string>();
        var isAtEnd = new TaskCompletionSource<bool>();
        using var shadow = new Recorder();
        using var primary = new TestServer(async wire =>
        {
            seen.SetResult((await wire.ReadAsync())!.Text);
            isAtEnd.SetResult((await wire.ReadToEndAsync()).Length == 0);
        });
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        using (var client = await rig.ConnectAsync())
        {
            await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        }

        Assert.Equal("abc", await seen.Task);
        Assert.True(await isAtEnd.Task);
        Assert.Equal("abc", (await shadow.NextAsync(1))[0].Text);
        await UntilAsync(() => rig.Account.Shadows.Sum(each => each.Answered) == 1);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Shadow_OfARequestThatIsNotWhole_IsCancelled(LoopKind kind)
    {
        var begun = new TaskCompletionSource();
        using var shadow = TestServer.Echo();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadHeadAsync();
            begun.SetResult();
            await wire.IsAtEndAsync();
        });
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        using (var client = await rig.ConnectAsync())
        {
            await client.WriteAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
            await begun.Task;
        }

        await UntilAsync(() => rig.Account.Shadows.Sum(each => each.Dropped[(int)DropReason.Cancelled]) == 1);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task HalfCloseAllowed_PipelinedRequestsAreAllAnswered(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address, options: options => options with { AllowsHalfClose = true });
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get + Get + "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc");
        client.End();
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        Assert.Equal("abc", (await client.ReadAsync())!.Text);
        Assert.True(await client.IsAtEndAsync());
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task AnswerOfTheProxy_ReachesAClientThatEndedItsDirection(LoopKind kind)
    {
        await using var rig = new ProxyRig(kind, TestServer.Nobody(), route: route => route with
        {
            DirectResponse = new DirectResponseConfig { Status = 200, Body = "here"u8.ToArray() },
        });
        using var client = await rig.ConnectAsync();
        await client.WriteAsync(Get);
        client.End();
        Assert.Equal("here", (await client.ReadAsync())!.Text);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task KeptConnection_ClosesWithoutARequest_NothingIsCutShort(LoopKind kind)
    {
        using var primary = TestServer.Echo();
        await using var rig = new ProxyRig(kind, primary.Address);
        using (var client = await rig.ConnectAsync())
        {
            await client.WriteAsync(Get);
            await client.ReadAsync();
        }

        await UntilAsync(() => rig.Account.OpenConnections == 0);
        Assert.Equal((0, 0), (rig.Account.CutShortFor.Sum(), rig.Account.Unanswered));
    }

    /// <summary>A primary whose client is gone keeps serving others on other connections, and the one at hand is not used again.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task PrimaryConnection_OfAClientThatLeft_IsNotUsedAgain(LoopKind kind)
    {
        var asked = new TaskCompletionSource();
        using var primary = new TestServer(async wire =>
        {
            await wire.ReadAsync();
            if (wire.Number == 0)
            {
                asked.SetResult();
                await wire.IsAtEndAsync();
                return;
            }

            await wire.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond");
        });
        await using var rig = new ProxyRig(kind, primary.Address);
        using (var gone = await rig.ConnectAsync())
        {
            await gone.WriteAsync(Get);
            await asked.Task;
        }

        await UntilAsync(() => rig.Account.Unanswered == 1);
        Assert.Equal("second", (await rig.SendAsync(Get)).Text);
    }

    internal static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!isSo())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static string RequestOf(Moment moment) => moment switch
    {
        Moment.AwaitingAfterUpload => "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
        Moment.StreamOfHttp10 => "GET / HTTP/1.0\r\n\r\n",
        Moment.Pipelined => Get + Get,
        _ => Get,
    };

    private static void Leave(TestWire client, Leaving leaving)
    {
        switch (leaving)
        {
            case Leaving.End:
                client.End();
                break;
            case Leaving.Reset:
                client.Reset();
                break;
            default:
                client.Dispose();
                break;
        }
    }
}
