using System.Buffers;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.Traffic.Rewriting;

namespace Parallax.Proxy.Tests.Routing;

public sealed class RoutingAllocationTests
{
    [Fact]
    public void FindPickWrite_SteadyState_AllocateNothing()
    {
        var route = Tables.Route("r", Tables.Path(TextMatchKind.SegmentPrefix, "/api") with
        {
            Headers = [new("x-list", new(TextMatchKind.Regex, "a,b.*"))],
            QueryParams = [new("q", new(TextMatchKind.Exact, "1"))],
        }) with
        {
            Rewrite = new() { Prefix = "/v2", IsSegmentPrefix = true },
            RequestHeaders = [Tables.Edit(HeaderEditKind.Set, "a: b")],
            Mirrors = [new() { Name = "m", Cluster = "mirror" }],
        };
        var table = Tables.Of(Tables.Host("*.example", [.. Filler(), route]), Tables.Host("b.example", Tables.Anything));
        const string fields = "Connection: keep-alive, x-y\r\nx-list: a\r\nx-list: b\r\nTE: trailers\r\n";
        var request = ReadRequest.Get("/api/x?q=1", "a.example", fields);
        var set = new ClusterSet();
        set.Apply(table.Config);
        var balancer = new LoadBalancer(set.Find("primary")!, new Random(1));
        var output = new ArrayBufferWriter<byte>(8192);
        Repeat(200);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Repeat(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Repeat(int times)
        {
            for (var time = 0; time < times; time++)
            {
                output.ResetWrittenCount();
                var routed = request.Routed;
                var hit = table.Listeners[0].Find(routed);
                var target = hit.Route!.Pick(time);
                var inputs = new HeadInputs { ClientAddress = "192.0.2.1"u8, RequestId = "i"u8, MatchedPrefix = hit.MatchedPrefix };
                target.Primary.Write(request.Head, request.Octets, inputs, routed.Scratch, output);
                target.Mirrors[0].Rewriter.Write(request.Head, request.Octets, inputs, routed.Scratch, output);
                balancer.End(balancer.Begin(routed, avoid: null, now: time)!);
            }
        }
    }

    private static IEnumerable<RouteConfig> Filler() =>
        Enumerable.Range(0, 300).Select(index => Tables.Route($"{index}", Tables.Path(TextMatchKind.Prefix, $"/api/{index}")));
}
