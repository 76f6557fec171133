using System.Net;
using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;

namespace Parallax.Proxy.Tests.Bounds;

public sealed class ConnectionGateTests
{
    private static readonly IPAddress Client = IPAddress.Parse("192.0.2.1");

    [Theory]
    [InlineData("2001:db8::1", "2001:db8::1", true)]
    [InlineData("2001:db8::1", "2001:db8::ffff:0:0:2", true)]
    [InlineData("2001:db8::1", "2001:db8:0:1::1", false)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("::ffff:192.0.2.1", "::ffff:192.0.2.2", false)]
    public void Enter_OneConnectionEach_KnowsWhoIsOneClient(string first, string second, bool isOne)
    {
        var gate = new ConnectionGate(new ResourceLimits { MaxConnectionsPerClient = 1 });
        Assert.Equal(ConnectionRefusal.None, gate.Enter(IPAddress.Parse(first)));

        Assert.Equal(isOne ? ConnectionRefusal.TooManyOfClient : ConnectionRefusal.None, gate.Enter(IPAddress.Parse(second)));
        Assert.Equal(isOne ? 1 : 2, gate.Clients);
    }

    [Fact]
    public void Enter_AfterTheClientHasLeft_IsAllowed()
    {
        var gate = new ConnectionGate(new ResourceLimits { MaxConnectionsPerClient = 1 });
        gate.Enter(Client);
        gate.Leave(Client);

        Assert.Equal(ConnectionRefusal.None, gate.Enter(Client));
    }

    [Fact]
    public void Enter_AllConnectionsTaken_IsRefused()
    {
        var gate = new ConnectionGate(new ResourceLimits { MaxConnections = 1 });
        gate.Enter(Client);

        Assert.Equal(ConnectionRefusal.TooMany, gate.Enter(Client));
        Assert.Equal(1, gate.Clients);
    }

    [Fact]
    public void Sockets_OfClientsAndPrimaries_AreBoundedTogether()
    {
        var gate = new ConnectionGate(new ResourceLimits { MaxSockets = 2 });
        Assert.Equal(ConnectionRefusal.None, gate.Enter(Client));
        Assert.True(gate.TryBeginPrimary());

        Assert.False(gate.TryBeginPrimary());
        Assert.Equal(ConnectionRefusal.TooMany, gate.Enter(Client));
        gate.EndPrimary();
        Assert.True(gate.TryBeginPrimary());
    }

    [Fact]
    public void Enter_WhileClosed_IsRefusedAsOverload()
    {
        var gate = new ConnectionGate(ResourceLimits.None) { IsClosed = true };

        Assert.Equal(ConnectionRefusal.Overload, gate.Enter(Client));
        Assert.Equal(0, gate.Clients);
    }
}
