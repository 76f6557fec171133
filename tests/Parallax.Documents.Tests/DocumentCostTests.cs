using System.Globalization;
using Parallax.TestKit;

namespace Parallax.Documents.Tests;

/// <summary>However much a document repeats, each costs the same.</summary>
[Collection(nameof(Costs))]
public sealed class DocumentCostTests
{
    private const int Few = 60;

    public static TheoryData<string, string, string> Documents { get; } = new()
    {
        // What stands once, what is repeated ("#" is its number), what stands at the end.
        { "a: '", "x ", "'" },
        { "a: |\n", "  line\n", "" },
        { "a: >\n", "  line\n", "" },
        { "a: \"", "\\u0041", "\"" },
        { "a: [", "1,", "1]" },
        { "", "k#: v\n", "" },
        { "", "- # \n", "" },
        { "", "# comment\n", "" },
        { "", "---\n", "" },
        { "a0: &a0 [x]\n", "b#: *a0\n", "" },
        { "a0: &a0 {x: 1}\n", "b#: {<<: *a0}\n", "" },
        { "", "b#: &b# x\n", "" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public void Read_MoreOfIt_CostsTheSameForEach(string beginning, string repeated, string end)
    {
        string Of(int count) => beginning
            + string.Concat(Enumerable.Range(0, count).Select(n => repeated.Replace("#", n.ToString("0000", CultureInfo.InvariantCulture))))
            + end;
        var count = Few * Math.Max(1, 100 / repeated.Length);
        var (smaller, larger) = (Of(count), Of(count * CostPerOctet.Factor));
        var growth = CostPerOctet.Growth(() => Read(smaller), () => Read(larger));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"each costs {growth:0.00} times as much");
    }

    private static void Read(string yaml) => DocumentReader.Read("-", yaml, new Findings());
}
