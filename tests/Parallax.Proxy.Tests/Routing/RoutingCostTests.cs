using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.TestKit;

namespace Parallax.Proxy.Tests.Routing;

/// <summary>Finding a route takes the same time however many hosts and prefixes a configuration has.</summary>
[Collection(nameof(Costs))]
public sealed class RoutingCostTests
{
    private const int Few = 64;
    private const int Lookups = 64;

    [Theory]
    [InlineData("{0}.example", "{0}.example")]
    [InlineData("*.{0}.example", "a.{0}.example")]
    [InlineData("*-{0}.example", "a-{0}.example")]
    [InlineData("{0}.example", "no.{0}.example")]
    public void Find_MoreHosts_CostsTheSame(string hostname, string asked) => AssertConstant(
        count => Tables.Of([.. Names(count).Select(name => Tables.Host(string.Format(null, hostname, name), Tables.Anything))]),
        name => ReadRequest.Get("/", string.Format(null, asked, name)));

    [Theory]
    [InlineData(TextMatchKind.Prefix, "/{0}")]
    [InlineData(TextMatchKind.Prefix, "/{0}/x")]
    [InlineData(TextMatchKind.Prefix, "/no/{0}")]
    [InlineData(TextMatchKind.Exact, "/{0}")]
    public void Find_MorePaths_CostsTheSame(TextMatchKind kind, string asked) => AssertConstant(
        count => Tables.Of([.. Names(count).Select(name => Tables.Route(name, Tables.Path(kind, "/" + name)))]),
        name => ReadRequest.Get(string.Format(null, asked, name)));

    // Names of the same length, so that only their number differs.
    private static IEnumerable<string> Names(int count) => Enumerable.Range(0, count).Select(number => $"n{number:0000}");

    private static void AssertConstant(Func<int, RoutingTable> table, Func<string, ReadRequest> request)
    {
        var (few, many) = (table(Few), table(Few * CostPerOctet.Factor));
        ReadRequest[] requests = [.. Names(Few).Select(request)];
        void Find(RoutingTable routes, int times)
        {
            for (var time = 0; time < times; time++)
            {
                foreach (var each in requests)
                {
                    each.Find(routes);
                }
            }
        }

        // As many times as often in the larger table: growth of 1 is a lookup that costs the same in both.
        var growth = CostPerOctet.Growth(() => Find(few, Lookups / Few), () => Find(many, Lookups / Few * CostPerOctet.Factor));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"a lookup costs {growth:0.00} times as much");
    }
}
