using Parallax.Shadows.Clients;

namespace Parallax.Shadows.Tests.Clients;

public sealed class ConnectionShareTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(10, 5)]
    public void TryBegin_OneTarget_TakesHalf(int max, int expected) => Assert.Equal(expected, Take(new ConnectionShare(max)));

    [Fact]
    public void TryBegin_AnotherTarget_FindsSomeLeft()
    {
        var share = new ConnectionShare(12);

        Assert.Equal([6, 3, 2, 1], [Take(share), Take(share), Take(share), Take(share)]);
    }

    [Fact]
    public void TryBegin_WhenOneHasEnded_TakesItsPlace()
    {
        var share = new ConnectionShare(2);
        Assert.True(share.TryBegin(0));
        Assert.True(share.TryBegin(0));
        Assert.False(share.TryBegin(0));
        share.End();

        Assert.True(share.TryBegin(0));
        Assert.Equal(2, share.Used);
    }

    [Fact]
    public void TryBegin_WhileClosed_IsRefused()
    {
        var share = new ConnectionShare(2) { IsClosed = true };

        Assert.False(share.TryBegin(0));
        Assert.Equal(0, share.Used);
    }

    private static int Take(ConnectionShare share)
    {
        var own = 0;
        while (share.TryBegin(own))
        {
            own++;
        }

        return own;
    }
}
