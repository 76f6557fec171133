using System.Net;
using Microsoft.Extensions.Logging;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;
using Parallax.Runs.Running;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Runs.Tests.Running;

/// <summary>A line when a target can no longer be reached, and one when it answers again. Time is simulated.</summary>
public sealed class TroubleWatchTests : IDisposable
{
    private const string Url = "http://staging:8080";

    private readonly SimulatedNetwork _network = new();
    private readonly ListLog<TroubleWatch> _log = new();
    private readonly OctetPool _pool = new();
    private readonly IPEndPoint _address = new(IPAddress.Loopback, 8080);
    private readonly List<Exception> _faults = [];
    private readonly List<ShadowTarget> _targets = [];
    private readonly IEventLoop _server;
    private readonly TroubleWatch _watch;
    private long _lost;

    public TroubleWatchTests()
    {
        _server = _network.CreateLoop("server", _faults.Add);
        _watch = new(() => _targets.Select(target => target.Inbox), "copies", _log, _network.Clock) { KernelLoss = () => _lost };
    }

    public void Dispose()
    {
        _watch.Dispose();
        Assert.Empty(_faults);
    }

    [Fact]
    public void Look_TargetRefuses_SaysSoOnce()
    {
        var target = NewTarget();
        Offer(target, 1);
        Pass(0.5);
        _watch.Look();
        Pass(1);
        _watch.Look();
        var (level, text) = Assert.Single(_log.Lines);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Matches($"^{Url} refuses connections since [0-9:]{{8}} UTC; copies wait 5 s, then are dropped$", text);
    }

    [Fact]
    public void Look_TargetAnswersAgain_SaysAfterWhatTimeAndWhatItCost()
    {
        var target = NewTarget();
        Offer(target, 20);
        for (var second = 0; second < 40; second++)
        {
            Pass(1);
            _watch.Look();
        }

        var account = target.Inbox.Account;
        Listen();
        Offer(target, 1);
        Pass(5);
        _watch.Look();
        Assert.Equal(1, target.Inbox.Account.Answered);
        Assert.Equal(
            (LogLevel.Information, $"{Url} answers again after 45 s; {account.Dropped.Sum()} copies dropped and "
                + $"{account.Failed.Sum()} failed meanwhile"),
            _log.Lines[^1]);
        Assert.Equal(2, _log.Lines.Count);
        Assert.Equal(20, account.Dropped.Sum() + account.Failed.Sum());
    }

    [Fact]
    public void Look_TargetAnswers_SaysNothing()
    {
        Listen();
        Offer(NewTarget(), 3);
        Pass(1);
        _watch.Look();
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void Look_AnotherLoopHasHadAnAnswerSince_IsNotDown()
    {
        var (first, second) = (NewTarget(), NewTarget());
        Offer(first, 1);
        Pass(0.5);
        _watch.Look();
        Listen();
        Offer(second, 1);
        Pass(0.1);
        for (var look = 0; look < 3; look++)
        {
            _watch.Look();
        }

        Assert.Equal(2, _log.Lines.Count);
        Assert.Contains("answers again after 1 s", _log.Lines[1].Text);
    }

    [Fact]
    public void Look_KernelLoses_SaysSoOnce()
    {
        _watch.Look();
        Assert.Empty(_log.Lines);
        _lost = 1234;
        _watch.Look();
        _lost = 2345;
        _watch.Look();
        Assert.StartsWith("the kernel lost 1,234 packets so far; ", Assert.Single(_log.Lines).Text, StringComparison.Ordinal);
    }

    private ShadowTarget NewTarget()
    {
        Assert.True(ServerUrl.TryParse(Url, out var url, out _));
        var loop = _network.CreateLoop("shadow", _faults.Add);
        loop.Start();
        _targets.Add(new(loop, new() { Name = "shadow", Url = url, Addresses = [_address], Rewriter = null }));
        return _targets[^1];
    }

    private void Listen()
    {
        _server.Listen(_address, ListenOptions.Default, _ => new Answering());
        _server.Start();
    }

    private void Offer(ShadowTarget target, int requests)
    {
        for (; requests > 0; requests--)
        {
            using var request = Messages.Request(_pool, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            target.Inbox.Offer(request, new RequestContext());
        }

        _network.RunUntilIdle();
    }

    private void Pass(double seconds) => _network.Advance(TimeSpan.FromSeconds(seconds));

    private sealed class Answering : ConnectionHandler
    {
        public override int OnReceived(Connection connection, ReadOnlySpan<byte> octets)
        {
            connection.Write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8);
            return octets.Length;
        }
    }
}
