using System.Globalization;
using System.Text;
using Parallax.TestKit;

namespace Parallax.Capture.Tests.Hardening;

public sealed class ImpairmentTests
{
    private const int Seeds = 4;
    private const int Connections = 60;

    [Theory]
    [InlineData(ImpairmentKind.None, 0)]
    [InlineData(ImpairmentKind.Reorder, 0.02)]
    [InlineData(ImpairmentKind.Reorder, 0.2)]
    [InlineData(ImpairmentKind.Duplicate, 0.3)]
    [InlineData(ImpairmentKind.Overlap, 0.3)]
    [InlineData(ImpairmentKind.Resegment, 0.5)]
    public void Run_NothingIsLost_ExactlyTheSameExchanges(ImpairmentKind kind, double rate)
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var traffic = KeepAliveTraffic.Write(seed, Connections);
            var judged = Judge(traffic, seed, kind, rate, out _);
            Assert.Empty(judged.Wrong);
            Assert.Empty(judged.Missing);
            Assert.Empty(judged.Incomplete);
            Assert.Equal((0, 0), (judged.Orphans, judged.Marked));
        }
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.01)]
    [InlineData(0.05)]
    [InlineData(0.2)]
    [InlineData(0.5)]
    public void Run_SegmentsAreLost_NothingIsWrong(double rate)
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var judged = Judge(KeepAliveTraffic.Write(seed, Connections), seed, ImpairmentKind.Loss, rate, out _);
            Assert.Equal("", string.Join('\n', judged.Wrong));
        }
    }

    [Fact]
    public void Run_OneSegmentInAHundredIsLost_OnlyExchangesItHitAreMissing()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var traffic = KeepAliveTraffic.Write(seed, Connections);
            var judged = Judge(traffic, seed, ImpairmentKind.Loss, 0.01, out var seen);
            Assert.Empty(judged.Missing.Except(Hit(traffic, seen)));
        }
    }

    /// <summary>The table is reviewed as a difference: PARALLAX_GOLDEN=1 writes it anew.</summary>
    [Fact]
    public void Run_EveryKindAndRate_TheTableIsAsCommitted()
    {
        var table = new StringBuilder("impairment  rate  exchanges  right  incomplete  missing  orphans  marked  baited  wrong\n");
        foreach (var (kind, rate) in Rows())
        {
            var judged = Enumerable.Range(100, Seeds)
                .Select(seed => Judge(KeepAliveTraffic.Write(seed, Connections), seed, kind, rate, out _))
                .ToList();
            table.Append(CultureInfo.InvariantCulture, $"{kind,-10}{rate,6:0.###}");
            table.Append(CultureInfo.InvariantCulture, $"{judged.Sum(each => each.Right + each.Incomplete.Count + each.Missing.Count),11}");
            table.Append(CultureInfo.InvariantCulture, $"{judged.Sum(each => each.Right),7}{judged.Sum(each => each.Incomplete.Count),12}");
            table.Append(CultureInfo.InvariantCulture, $"{judged.Sum(each => each.Missing.Count),9}{judged.Sum(each => each.Orphans),9}");
            table.Append(CultureInfo.InvariantCulture, $"{judged.Sum(each => each.Marked),8}{judged.Sum(each => each.Baited),8}");
            table.Append(CultureInfo.InvariantCulture, $"{judged.Sum(each => each.Wrong.Count),7}\n");
        }

        var path = Path.Combine(RealData.Root, "testdata", "golden", "impairment.txt");
        if (Environment.GetEnvironmentVariable("PARALLAX_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, table.ToString());
        }

        Assert.Equal(File.ReadAllText(path), table.ToString());
    }

    private static IEnumerable<(ImpairmentKind Kind, double Rate)> Rows() =>
        from kind in Enum.GetValues<ImpairmentKind>()
        from rate in kind == ImpairmentKind.None ? [0] : new[] { 0.001, 0.01, 0.05, 0.2, 0.5 }
        select (kind, rate);

    private static Judgement Judge(
        KeepAliveTraffic traffic, int seed, ImpairmentKind kind, double rate, out IReadOnlyList<ScriptedSegment> seen)
    {
        seen = Impairment.Apply(traffic.Segments, seed, kind, rate);
        return Judgement.Of(traffic, Shards.Run(seen).Exchanges);
    }

    /// <summary>Exchanges with octets in a lost segment, and those sent together with them: after the loss a message is looked for at
    /// the start of a segment only.</summary>
    private static HashSet<string> Hit(KeepAliveTraffic traffic, IReadOnlyList<ScriptedSegment> seen)
    {
        var lost = traffic.Segments.Except(seen).ToList();
        var hit = traffic.Exchanges.Where(exchange => lost.Exists(exchange.IsHitBy));
        var batches = hit.Select(exchange => Batch(exchange.Target)).ToHashSet();
        return [.. traffic.Exchanges.Select(exchange => exchange.Target).Where(target => batches.Contains(Batch(target)))];
    }

    private static string Batch(string target) => target[..target.LastIndexOf('/')];
}
