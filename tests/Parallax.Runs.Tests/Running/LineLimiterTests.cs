using Microsoft.Extensions.Time.Testing;
using Parallax.Runs.Proxying;
using Parallax.Runs.Running;

namespace Parallax.Runs.Tests.Running;

/// <summary>Ten lines a minute of one kind; the rest is counted and told.</summary>
public sealed class LineLimiterTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly List<string> _said = [];

    [Fact]
    public void Say_BeyondTen_IsCountedAndToldWhenTheMinuteIsOver()
    {
        using var limiter = new LineLimiter(_said.Add, _clock);
        Say(limiter, "reload", 1_244);
        Assert.Equal(10, _said.Count);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("reload: 1,234 more like this in the last minute", _said[^1]);
        Say(limiter, "reload", 1);
        Assert.Equal(12, _said.Count);
    }

    [Fact]
    public void Say_AnotherKind_HasItsOwnTen()
    {
        using var limiter = new LineLimiter(_said.Add, _clock);
        Say(limiter, "reload", 20);
        Say(limiter, "names", 3);
        Assert.Equal(13, _said.Count);
    }

    [Fact]
    public void Say_SpreadOverMinutes_AllIsSaid()
    {
        using var limiter = new LineLimiter(_said.Add, _clock);
        for (var minute = 0; minute < 5; minute++)
        {
            Say(limiter, "reload", 10);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(50, _said.Count);
    }

    [Fact]
    public void Dispose_TellsWhatWasCounted()
    {
        var limiter = new LineLimiter(_said.Add, _clock);
        Say(limiter, "fault", 11);
        limiter.Dispose();
        Assert.Equal("fault: 1 more like this in the last minute", _said[^1]);
    }

    [Fact]
    public void SayFault_IsOneLineWithItsPlaceAndNoTrace()
    {
        using var limiter = new LineLimiter(_said.Add, _clock);
        var fault = Record.Exception(() => new AccessLog(() => throw new InvalidOperationException("odd"), isJson: true, _clock, _ => { }));
        limiter.SayFault("fault", fault!);
        var line = Assert.Single(_said);
        Assert.StartsWith("fault: InvalidOperationException: odd (at ", line, StringComparison.Ordinal);
        Assert.Contains("AccessLog", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    private static void Say(LineLimiter limiter, string kind, int times)
    {
        for (; times > 0; times--)
        {
            limiter.Say(kind, "line");
        }
    }
}
