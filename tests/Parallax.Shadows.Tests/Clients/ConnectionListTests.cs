using System.Net;
using Parallax.Reactor.Connections;
using Parallax.Shadows.Clients;

namespace Parallax.Shadows.Tests.Clients;

public sealed class ConnectionListTests
{
    private readonly ConnectionList<Listed> _list = new(static connection => connection.IsOpen);

    [Fact]
    public void TryTake_GivesTheOneAddedLast_AndSkipsThoseThatCannotBeUsed()
    {
        var (first, second, third) = Add3();
        third.IsOpen = false;
        Assert.True(_list.TryTake(out var taken));
        Assert.Same(second, taken);
        Assert.True(taken.Place!.List is null && third.Place!.List is null);
        Assert.True(_list.TryTake(out taken));
        Assert.Same(first, taken);
        Assert.False(_list.TryTake(out _));
    }

    [Fact]
    public void TryTakeOldest_GivesTheOneAddedFirst_UsableOrNot()
    {
        var (first, second, _) = Add3();
        first.IsOpen = false;
        Assert.True(_list.TryTakeOldest(out var taken));
        Assert.Same(first, taken);
        Assert.Null(taken.Place!.List);
        Assert.True(_list.TryTakeOldest(out taken));
        Assert.Same(second, taken);
        Assert.True(_list.TryTakeOldest(out _));
        Assert.False(_list.TryTakeOldest(out _));
    }

    [Fact]
    public void Add_MovesItFromAnotherList_AndASecondTimeChangesNothing()
    {
        var other = new ConnectionList<Listed>(static _ => true);
        var (first, second, third) = Add3();
        _list.Add(first);
        other.Add(third);
        ((IPooledConnection<Listed>)second).LeaveList();
        Assert.True(other.TryTake(out var taken));
        Assert.Same(third, taken);
        Assert.True(_list.TryTake(out taken));
        Assert.Same(first, taken);
        Assert.False(_list.TryTake(out _));
    }

    private (Listed First, Listed Second, Listed Third) Add3()
    {
        var (first, second, third) = (new Listed(), new Listed(), new Listed());
        _list.Add(first);
        _list.Add(second);
        _list.Add(third);
        return (first, second, third);
    }

    private sealed class Listed : IPooledConnection<Listed>
    {
        public bool IsOpen { get; set; } = true;

        public bool IsIdle => IsOpen;

        public LinkedListNode<Listed>? Place { get; set; }

        public void Connect(IEventLoop loop, IPEndPoint address, ConnectOptions options)
        {
        }

        public void Close() => IsOpen = false;
    }
}
