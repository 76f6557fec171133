using System.Text;
using Parallax.Cli.Output;
using Parallax.Proxy.Accounts;
using Parallax.Recording.Files;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.Tests.Output;

/// <summary>Whatever a client asks for, and however long, a line about it costs the same for each octet; so does adding it to a summary.
/// </summary>
[Collection(nameof(Costs))]
public sealed class OutputCostTests
{
    private const int Length = 4 << 10;

    private readonly RecordedExchanges _exchanges = new(new OctetPool());

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

    [Theory]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData("/1")]
    [InlineData("/0123456789abcdef")]
    [InlineData("?")]
    [InlineData("%41")]
    [InlineData("\u00FF")]
    public void Add_LongerTarget_CostsTheSameForEachOctet(string filler)
    {
        using var smaller = Exchange(Encoding.Latin1.GetString(CostPerOctet.Repeat(Encoding.Latin1.GetBytes(filler), Length)));
        using var larger = Exchange(
            Encoding.Latin1.GetString(CostPerOctet.Repeat(Encoding.Latin1.GetBytes(filler), Length * CostPerOctet.Factor)));
        Assert.Equal(Length * CostPerOctet.Factor, larger.Request!.Head.Target.Of(larger.Request.HeadOctets).Length - 1);
        var (summary, table) = (new TrafficSummary(), new ExchangeTable(TextWriter.Null));
        void Add(Exchange exchange)
        {
            summary.Add(exchange);
            table.Write(exchange);
        }

        var growth = CostPerOctet.Growth(() => Add(smaller), () => Add(larger));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }

    [Fact]
    public void Add_MoreEndpoints_CostTheSameEach()
    {
        // The larger case has more endpoints than are told apart.
        const int Few = 200;
        var exchanges = Enumerable.Range(0, Few * CostPerOctet.Factor).Select(number => Exchange($"name-x{number}")).ToList();
        void Add(int count)
        {
            var summary = new TrafficSummary();
            foreach (var exchange in exchanges.Take(count))
            {
                summary.Add(exchange);
            }
        }

        var growth = CostPerOctet.Growth(() => Add(Few), () => Add(exchanges.Count));
        exchanges.ForEach(exchange => exchange.Dispose());
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an exchange costs {growth:0.00} times as much");
    }

    private Exchange Exchange(string target) => _exchanges.Make(new()
    {
        HasRequest = true,
        Request = Encoding.Latin1.GetBytes($"GET /{target} HTTP/1.1\r\nHost: a\r\n\r\n"),
        HasResponse = true,
        Response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8,
    });
}
