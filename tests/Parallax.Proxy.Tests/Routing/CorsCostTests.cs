using System.Buffers;
using Parallax.Proxy.Configuration.Model;
using Parallax.Proxy.Routing;
using Parallax.TestKit;
using Parallax.Wire.Http1;

namespace Parallax.Proxy.Tests.Routing;

/// <summary>Whatever origin, method and headers a preflight names, and however long, answering it costs the same for each octet.</summary>
[Collection(nameof(Costs))]
public sealed class CorsCostTests
{
    private const int Length = 6 << 10;

    private static readonly Http1Policy Roomy = Http1Policy.Active with { MaxFields = 10_000, MaxHeadBytes = 1 << 20 };

    private static readonly CorsAnswer Cors = new(new()
    {
        Origins =
        [
            new(TextMatchKind.Exact, "https://shop.example"), new(TextMatchKind.Prefix, "https://a"),
            new(TextMatchKind.Regex, "https://(a|aa)+\\.example"), new(TextMatchKind.Regex, ".*(b.*)*c"),
        ],
        Methods = ["*"],
        Headers = ["*"],
    });

    [Theory]
    [InlineData("Origin: https://", "a")]
    [InlineData("Origin: ", "b")]
    [InlineData("", "Origin: https://b.example\r\n")]
    [InlineData("Origin: https://aa.example\r\nAccess-Control-Request-Headers: ", "x-a,")]
    [InlineData("Origin: https://aa.example\r\nAccess-Control-Request-Headers: ", ",")]
    [InlineData("Origin: https://aa.example\r\n", "Access-Control-Request-Headers: a\r\n")]
    public void Decide_LongerPreflight_CostsTheSameForEachOctet(string beginning, string filler)
    {
        var (smaller, larger) = (Preflight(beginning, filler, 1), Preflight(beginning, filler, CostPerOctet.Factor));
        var output = new ArrayBufferWriter<byte>();
        void Answer(ReadRequest request)
        {
            output.ResetWrittenCount();
            var decision = Cors.Decide(request.Routed, out var origin);
            Cors.WriteLines(decision, request.Routed, origin.Of(request.Octets), output);
        }

        var growth = CostPerOctet.Growth(() => Answer(smaller), () => Answer(larger));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }

    private static ReadRequest Preflight(string beginning, string filler, int factor)
    {
        var repeated = string.Concat(Enumerable.Repeat(filler, Length * factor / filler.Length));
        var end = repeated.EndsWith('\n') ? "" : "\r\n";
        return new($"OPTIONS / HTTP/1.1\r\nHost: a\r\nAccess-Control-Request-Method: PUT\r\n{beginning}{repeated}{end}\r\n", policy: Roomy);
    }
}
