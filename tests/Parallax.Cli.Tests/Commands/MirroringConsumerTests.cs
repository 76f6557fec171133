using System.Net;
using System.Net.Sockets;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Commands;
using Parallax.Reactor.Loops;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Cli.Tests.Commands;

public sealed class MirroringConsumerTests
{
    [Fact]
    public async Task OnRequest_TargetIsDownForLong_DropsWhatFindsNoRoomInsteadOfWaiting()
    {
        var pool = new OctetPool();
        using var setup = new ShadowSetup(StickyBy.Nothing, ShadowMark.OfThisProcess, name => EventLoop.Create(name, Assert.Null));
        var target = AddTarget(setup, Nobody());
        var consumer = new MirroringConsumer(setup, null, pool, mayWait: true, TestContext.Current.CancellationToken)
        {
            DownPatience = TimeSpan.FromMilliseconds(20),
        };
        for (var id = 0; id < 1000; id++)
        {
            using var request = Messages.Request(pool, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            consumer.OnRequest(request, new(id, 0, default, 0));
        }

        await setup.DrainAsync(TimeSpan.Zero);
        var account = target.Account;
        Assert.Equal((1000, 0, 0), (account.Offered, account.Answered, account.Unexplained));
        Assert.InRange(account.Dropped[(int)DropReason.QueueItems], 900, 999);
        Assert.Equal(0, pool.RentedBytes);
    }

    private static ShadowTarget AddTarget(ShadowSetup setup, IPEndPoint address)
    {
        var url = new ShadowUrl(false, "localhost", address.Port, address.ToString());
        var rewriter = new HeadRewriter(new RewriteConfig { MirrorName = "m", TargetAuthority = "t" });
        var target = new ShadowTarget(setup.Loop, new()
        {
            Name = "down",
            Url = url,
            Addresses = [address],
            Rewriter = rewriter,
            Options = new() { QueueItems = 8, FirstBackoff = TimeSpan.FromMilliseconds(5), MaxBackoff = TimeSpan.FromMilliseconds(5) },
        });
        setup.Add(new(new(), target));
        return target;
    }

    /// <summary>An address at which nobody listened a moment ago.</summary>
    private static IPEndPoint Nobody()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
