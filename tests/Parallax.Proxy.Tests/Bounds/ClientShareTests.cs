using System.Net;
using Parallax.Proxy.Bounds;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Bounds;

/// <summary>What one client takes of the bounds for all, on a loop that does not run.</summary>
public sealed class ClientShareTests : IDisposable
{
    private readonly IEventLoop _loop = EventLoop.Create("share", Assert.Null);
    private readonly TestServer _server = TestServer.Echo();
    private readonly ConnectionGate _gate = new(ResourceLimits.None);
    private readonly ClientMemory _memory;

    public ClientShareTests() => _memory = new ClientMemory(_loop, 100_000);

    public void Dispose()
    {
        _loop.Dispose();
        _server.Dispose();
    }

    [Theory]
    [InlineData(false, 1000)]
    [InlineData(true, 1000 + ClientMemory.TlsBytes)]
    public void TryHold_CountsWhatIsHeldNow_AndRelease_GivesAllOfItBackOnce(bool isTls, long held)
    {
        var share = NewShare(isTls);
        Assert.True(share.TryHold(5000));
        Assert.True(share.TryHold(1000));
        Assert.Equal((held, 1), (_memory.Bytes, _gate.Clients));
        share.Release();
        share.Release();
        Assert.Equal((0, 0), (_memory.Bytes, _gate.Clients));
    }

    [Fact]
    public void TryHold_AfterRelease_CountsNothing()
    {
        var share = NewShare(isTls: true);
        share.TryHold(1000);
        share.Release();
        Assert.True(share.TryHold(200_000));
        Assert.True(share.TryHold(0));
        Assert.Equal(0, _memory.Bytes);
    }

    [Fact]
    public void TryHold_MoreThanThereIs_IsFalse_ButLessThanBeforeIsNot()
    {
        var share = NewShare(isTls: false);
        Assert.False(share.TryHold(200_000));
        Assert.True(share.TryHold(150_000));
        Assert.False(share.TryHold(150_001));
        share.Release();
    }

    private ClientShare NewShare(bool isTls)
    {
        var connection = _loop.Connect(_server.Address, new Nobody(), ConnectOptions.Default);
        _gate.Enter(((IPEndPoint)connection.RemoteEndPoint!).Address);
        return new ClientShare(_memory, _gate, connection, isTls);
    }

    private sealed class Nobody : ConnectionHandler
    {
        public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets) => octets.Length;
    }
}
