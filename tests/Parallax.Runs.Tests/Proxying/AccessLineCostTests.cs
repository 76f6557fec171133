using System.Text;
using Parallax.Proxy.Accounts;
using Parallax.Runs.Proxying;
using Parallax.TestKit;

namespace Parallax.Runs.Tests.Proxying;

/// <summary>Whatever a client asks for, and however long, a line about it costs the same for each octet.</summary>
[Collection(nameof(Costs))]
public sealed class AccessLineCostTests
{
    private const int Length = 4 << 10;

    [Theory]
    [InlineData("a", false)]
    [InlineData("\"", false)]
    [InlineData("\u0001", false)]
    [InlineData("\u00FF", false)]
    [InlineData("a", true)]
    [InlineData("\"", true)]
    [InlineData("\u0001", true)]
    [InlineData("\u00FF", true)]
    public void Of_LongerTarget_CostsTheSameForEachOctet(string filler, bool isJson)
    {
        var line = new AccessLine();
        void Write(byte[] target) => line.Of(new AccessEntry { Method = "GET"u8, Target = target }, isJson, DateTimeOffset.UnixEpoch);
        var growth = CostPerOctet.Growth(Write, Encoding.Latin1.GetBytes(filler), Length);
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }
}
