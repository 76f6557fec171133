using System.Net;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;

namespace Parallax.Reactor.Tests.Loops;

/// <summary>What a simulated network promises beyond the contract of loops: nothing happens by itself, and all of it in the same order
/// every time.</summary>
public sealed class SimulatedNetworkTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly SimulatedNetwork _network = new();
    private readonly List<Exception> _faults = [];

    [Fact]
    public void Advance_ATimer_FiresAtItsTimeAndNoSooner()
    {
        var loop = NewLoop();
        var began = _network.Clock.GetNanoseconds();
        var fired = 0L;
        loop.Post(_ => loop.Schedule(Second, _ => fired = loop.Now - began, null), null);
        _network.Advance(Second - Moment);
        Assert.Equal(0, fired);
        _network.Advance(Moment);
        Assert.InRange(fired, 1_000_000_000, 1_000_000_010);
    }

    [Fact]
    public void Advance_TimersOfSeveralLoops_FireInTheOrderOfTime()
    {
        var order = new List<string>();
        foreach (var name in (string[])["a", "b"])
        {
            var loop = NewLoop(name);
            loop.Post(_ => loop.Schedule(name == "a" ? 2 * Second : Second, _ => order.Add(name), null), null);
        }

        _network.Advance(2 * Second);
        Assert.Equal(["b", "a"], order);
    }

    [Fact]
    public void RunUntilIdle_RunsPostsAndNoTimers()
    {
        var loop = NewLoop();
        var log = new List<string>();
        loop.Post(
            _ =>
            {
                log.Add("post");
                loop.Schedule(TimeSpan.Zero, _ => log.Add("next turn"), null);
                loop.Schedule(Moment, _ => log.Add("timer"), null);
            },
            null);
        Assert.Empty(log);
        _network.RunUntilIdle();
        Assert.Equal(["post", "next turn"], log);
    }

    [Fact]
    public void RunUntilIdle_LoopNotStarted_RunsNothing()
    {
        using var loop = _network.CreateLoop("later", _faults.Add);
        var hasRun = false;
        loop.Post(_ => hasRun = true, null);
        _network.RunUntilIdle();
        Assert.False(hasRun);
        loop.Start();
        _network.RunUntilIdle();
        Assert.True(hasRun);
    }

    [Fact]
    public void RunUntilIdle_InsideACallback_IsAFault()
    {
        NewLoop().Post(_ => _network.RunUntilIdle(), null);
        _network.RunUntilIdle();
        Assert.IsType<InvalidOperationException>(Assert.Single(_faults));
    }

    [Fact]
    public void RunUntilIdle_NeverAtRest_Throws()
    {
        var loop = NewLoop();
        LoopCallback again = null!;
        again = _ => loop.Post(again, null);
        loop.Post(again, null);
        Assert.Throws<InvalidOperationException>(_network.RunUntilIdle);
    }

    [Fact]
    public void Turns_EachHasItsOwnTime()
    {
        var loop = NewLoop();
        var times = new List<long>();
        LoopCallback again = null!;
        again = _ =>
        {
            times.Add(loop.Now);
            if (times.Count < 100)
            {
                loop.Post(again, null);
            }
        };
        loop.Post(again, null);
        _network.RunUntilIdle();
        Assert.Equal(100, times.Distinct().Count());
        Assert.Equal(times.Order(), times);
    }

    [Fact]
    public void SetSilent_ConnectGetsNoAnswer_AndTimesOutAtItsTime()
    {
        var remote = new IPEndPoint(IPAddress.Loopback, 1);
        _network.SetSilent(remote, true);
        var reasons = new List<CloseReason>();
        Connect(NewLoop("first"), remote, reasons);
        _network.Advance((5 * Second) - Moment);
        Assert.Empty(reasons);
        _network.Advance(Moment);
        Assert.Equal([CloseReason.ConnectTimedOut], reasons);
        _network.SetSilent(remote, false);
        Connect(NewLoop("second"), remote, reasons);
        _network.RunUntilIdle();
        Assert.Equal([CloseReason.ConnectTimedOut, CloseReason.Refused], reasons);
    }

    [Fact]
    public void TwoLoops_ReceiverPauses_SenderIsCongestedUntilItGoesOn()
    {
        var received = 0;
        Connection? paused = null;
        var server = new Script
        {
            Connected = connection =>
            {
                paused = connection;
                connection.PauseReading();
            },
            Received = (_, octets) =>
            {
                received += octets.Length;
                return octets.Length;
            },
        };
        var isWritable = false;
        Connection? sender = null;
        var client = new Script
        {
            Connected = connection =>
            {
                sender = connection;
                connection.Write(new byte[1_000_000], null);
            },
            Writable = _ => isWritable = true,
        };
        var (near, far) = (NewLoop("near"), NewLoop("far"));
        Listen(far, server, listener => near.Post(_ => near.Connect(listener, client, ConnectOptions.Default), null));
        _network.RunUntilIdle();
        Assert.True(sender!.IsCongested);
        Assert.Equal((0, false), (received, isWritable));
        far.Post(_ => paused!.ResumeReading(), null);
        _network.RunUntilIdle();
        Assert.False(sender.IsCongested);
        Assert.Equal((1_000_000, true), (received, isWritable));
    }

    [Fact]
    public void CreateTimer_OfTheClock_IsRefused() => Assert.Throws<NotSupportedException>(
        () => _network.Clock.CreateTimer(_ => { }, null, Second, Timeout.InfiniteTimeSpan));

    private static void Connect(IEventLoop loop, IPEndPoint remote, List<CloseReason> reasons)
    {
        var script = new Script { Closed = (_, reason) => reasons.Add(reason) };
        loop.Post(_ => loop.Connect(remote, script, ConnectOptions.Default), null);
    }

    private static void Listen(IEventLoop loop, Script script, Action<IPEndPoint> listens) => loop.Post(
        _ => listens(loop.Listen(new IPEndPoint(IPAddress.Loopback, 0), ListenOptions.Default, _ => script).LocalEndPoint), null);

    private IEventLoop NewLoop(string name = "loop")
    {
        var loop = _network.CreateLoop(name, _faults.Add);
        loop.Start();
        return loop;
    }
}
