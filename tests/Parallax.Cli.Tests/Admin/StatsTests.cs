using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.Cli.Admin;
using Parallax.Runs.Capturing;

namespace Parallax.Cli.Tests.Admin;

public sealed class StatsTests
{
    [Fact]
    public void Of_TwoMirrorsOfOneName_AreOneSampleEach()
    {
        var capture = new CaptureAccount { Decoded = [], FlowsEnded = [], ByVni = [], BySender = [] };
        var account = new CaptureRunAccount([], TimeSpan.Zero, capture, [Mirror(3), Mirror(4)]);
        var stats = Encoding.UTF8.GetString(PrometheusText.Of(account.Metrics).Body).TrimEnd().Split('\n');
        Assert.Contains("parallax_mirror_received_total{mirror=\"blue\",cluster=\"http://b\"} 7", stats);
        Assert.Contains("parallax_shadows_offered_total{cluster=\"blue\"} 7", stats);
        Assert.Equal(stats.Length, stats.Distinct().Count());
        var samples = stats.Where(line => line[0] != '#').Select(line => line[..line.LastIndexOf(' ')]).ToList();
        Assert.Equal(samples.Count, samples.Distinct().Count());
    }

    private static MirroredAccount Mirror(long requests) => new(
        new()
        {
            Name = "blue",
            Target = "http://b",
            Received = requests,
            Offered = requests,
            NotMatched = 0,
            NotSampled = 0,
            OtherMethods = 0,
            Sessions = 0,
            SessionsSampled = 0,
            SessionsNotCounted = 0,
            Dropped = [],
        },
        new()
        {
            Target = "blue",
            Offered = requests,
            Answered = requests,
            AnsweredByClass = [0, 0, requests],
            AnswersCut = 0,
            Failed = [],
            Dropped = [],
            Queued = 0,
            InFlight = 0,
            Resent = 0,
            Connects = 1,
            Delay = new(),
            Latency = new(),
        });
}
