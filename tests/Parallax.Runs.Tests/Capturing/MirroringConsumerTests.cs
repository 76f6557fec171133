using System.Net;
using System.Net.Sockets;
using Parallax.Reactor.Loops;
using Parallax.Runs.Capturing;
using Parallax.Shadows.Clients;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Rewriting;

namespace Parallax.Runs.Tests.Capturing;

public sealed class MirroringConsumerTests
{
    [Fact]
    public async Task OnRequest_TargetIsDownForLong_DropsWhatFindsNoRoomInsteadOfWaiting()
    {
        var pool = new OctetPool();
        using var targets = new ShadowTargets(
            new() { Mirrors = [MirrorTo(Nobody())] }, name => EventLoop.Create(name, Assert.Null));
        var consumer = new MirroringConsumer(targets, null, pool, mayWait: true, TestContext.Current.CancellationToken)
        {
            DownPatience = TimeSpan.FromMilliseconds(20),
        };
        for (var id = 0; id < 1000; id++)
        {
            using var request = Messages.Request(pool, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            consumer.OnRequest(request, new(id, 0, default, 0));
        }

        await targets.DrainAsync(TimeSpan.Zero);
        var account = targets.Mirrors[0].Target.Account;
        Assert.Equal((1000, 0, 0), (account.Offered, account.Answered, account.Unexplained));
        Assert.InRange(account.Dropped[(int)DropReason.QueueItems], 900, 999);
        Assert.Equal(0, pool.RentedBytes);
    }

    private static MirrorOptions MirrorTo(IPEndPoint address) => new(new(), new()
    {
        Name = "down",
        Url = new ServerUrl(false, "localhost", address.Port, address.ToString()),
        Addresses = [address],
        Rewriter = new HeadRewriter(new RewriteConfig { MirrorName = "m", TargetAuthority = "t" }),
        Options = new() { QueueItems = 8, FirstBackoff = TimeSpan.FromMilliseconds(5), MaxBackoff = TimeSpan.FromMilliseconds(5) },
    });

    /// <summary>An address at which nobody listened a moment ago.</summary>
    private static IPEndPoint Nobody()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
