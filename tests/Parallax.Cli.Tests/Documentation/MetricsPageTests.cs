using System.Text.Json;
using Parallax.Capture.Pipeline;
using Parallax.Cli.Output;
using Parallax.Proxy.Accounts;
using Parallax.Recording.Files;
using Parallax.Runs.Replaying;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Counters;
using Parallax.Traffic.Queues;
using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Cli.Tests.Documentation;

/// <summary>docs/metrics.md against the names in the account.</summary>
public class MetricsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RealData.Root, "docs", "metrics.md"));

    public static TheoryData<string> Names => [.. NamesIn(AccountOfOnes()).Concat(NamesInTables()).Distinct()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Page_EveryNameInTheAccount_IsExplained(string name) =>
        Assert.Contains($"`{name}`", Page, StringComparison.Ordinal);

    [Fact]
    public void Names_OfAnAccountFullOfOnes_HoldEveryReason()
    {
        Assert.Contains("too-deep", Names.Select(row => row.Data));
        Assert.Contains("shutdown", Names.Select(row => row.Data));
        Assert.Contains("evicted", Names.Select(row => row.Data));
        Assert.Contains("malformed-answer", Names.Select(row => row.Data));
    }

    private static IEnumerable<string> NamesInTables() =>
    [
        .. NamesIn(CaptureTable.All), .. NamesIn(ProxyTable.All), .. NamesIn(MirrorAccount.Table), .. NamesIn(ShadowTable.All),
        .. NamesIn(RecorderTable.All), .. NamesIn(ReplayTable.All), .. NamesIn(ReplayTable.Sent), .. NamesIn(ReplayTable.Middleware),
    ];

    private static IEnumerable<string> NamesIn<TAccount>(CounterTable<TAccount> table) =>
    [
        .. table.Counters.Select(counter => counter.Key),
        .. table.Maps.SelectMany(map => Enumerable.Range(map.Labels.First, map.Labels.Count - map.Labels.First)
            .Where(_ => map.Labels.Name != "class").Select(map.Labels.NameOf).Prepend(map.Key)),
    ];

    private static JsonElement AccountOfOnes()
    {
        var failed = Ones(FailureReasons.Count);
        var dropped = Ones(DropReasons.Count);
        var target = new ShadowAccount
        {
            Target = "",
            Offered = 1,
            Answered = 1,
            AnsweredByClass = [0, 0, 1, 0, 0, 1],
            AnswersCut = 1,
            Failed = failed,
            Dropped = dropped,
            Queued = 1,
            InFlight = 1,
            Resent = 1,
            Connects = 1,
            Delay = new(),
            Latency = new(),
        };
        var capture = new CaptureAccount
        {
            Decoded = [.. Enum.GetValues<DecodeStatus>().Select(_ => 1L)],
            FlowsEnded = [.. Enum.GetValues<FlowEnd>().Select(_ => 1L)],
            ByVni = [(null, new(1, 1))],
            BySender = [(null, new(1, 1))],
        };
        var mirror = new MirrorAccount
        {
            Name = "",
            Target = "",
            Received = 1,
            Offered = 1,
            NotMatched = 1,
            NotSampled = 1,
            OtherMethods = 1,
            Sessions = 1,
            SessionsSampled = 1,
            SessionsNotCounted = 1,
            Dropped = dropped,
        };
        using var output = new MemoryStream();
        AccountJson.Write(output, new([], TimeSpan.Zero, capture, [new(mirror, target)])
        {
            Recording = new()
            {
                Path = "",
                FirstFile = "",
                Offered = 1,
                Recorded = 1,
                Dropped = dropped,
                Redacted = 1,
                Files = 1,
                Bytes = 1,
            },
        }, printed: null);
        return JsonDocument.Parse(output.ToArray()).RootElement;
    }

    /// <summary>The first reason of each kind is "none" and never counted.</summary>
    private static long[] Ones(int count) => [0, .. Enumerable.Repeat(1L, count - 1)];

    private static IEnumerable<string> NamesIn(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(each => NamesIn(each.Value).Prepend(each.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(NamesIn),
        _ => [],
    };
}
