using Parallax.Traffic.Exchanges;

namespace Parallax.Traffic.Tests.Exchanges;

public sealed class ObjectPoolTests
{
    private readonly ObjectPool<object> _objects = new();

    [Fact]
    public void Take_NothingKept_IsNull() => Assert.Null(_objects.Take());

    [Fact]
    public void Take_WhatWasKeptLast_OnTheSameThread()
    {
        var kept = new object();
        _objects.Keep(new object());
        _objects.Keep(kept);
        Assert.Same(kept, _objects.Take());
    }

    [Fact]
    public void Take_WhatAnotherThreadKept_IsUsedAgain()
    {
        var used = Enumerable.Range(0, 1000).Select(_ => new object()).ToHashSet();
        var other = new Thread(() => used.ToList().ForEach(_objects.Keep));
        other.Start();
        other.Join();
        Assert.All(Enumerable.Range(0, 500).Select(_ => _objects.Take()).ToList(), taken => Assert.Contains(taken!, used));
    }

    [Fact]
    public void Take_WhatAThreadHasOfAnotherPool_IsNotGiven()
    {
        _objects.Keep(new object());
        Assert.Null(new ObjectPool<object>().Take());
    }

    [Fact]
    public void KeepAndTake_SteadyState_AllocatesNothing()
    {
        _objects.Keep(new object());
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var time = 0; time < 1000; time++)
        {
            _objects.Keep(_objects.Take()!);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
