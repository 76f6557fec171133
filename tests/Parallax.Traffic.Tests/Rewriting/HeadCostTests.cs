using System.Buffers;
using System.Net;
using System.Text;
using Parallax.TestKit;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Rewriting;

/// <summary>Whatever a head repeats, and whatever is to be changed in it, looking at it and writing it costs the same for each octet.
/// </summary>
[Collection(nameof(Costs))]
public sealed class HeadCostTests
{
    private const int Length = 24 << 10;

    private static readonly Http1Policy Roomy = Http1Policy.Passive with
    {
        MaxFields = 1_000_000,
        MaxHeadBytes = 4 << 20,
        MaxTargetBytes = 4 << 20,
    };

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n", "A: b\r\n")]
    [InlineData("GET / HTTP/1.1\r\n", "X-Set: b\r\n")]
    [InlineData("GET / HTTP/1.1\r\n", "X-Forwarded-For: b\r\n")]
    [InlineData("GET / HTTP/1.1\r\n", "Host: b\r\n")]
    [InlineData("GET / HTTP/1.1\r\n", "Connection: a, close\r\n")]
    [InlineData("GET / HTTP/1.1\r\n", "Cookie: a=b\r\n")]
    [InlineData("GET / HTTP/1.1\r\n", " folded\r\n")]
    [InlineData("GET / HTTP/1.1\r\nConnection: ", "a,")]
    [InlineData("GET / HTTP/1.1\r\nConnection: ", "close, ")]
    [InlineData("GET / HTTP/1.1\r\nCookie: ", "a=b; ")]
    [InlineData("GET / HTTP/1.1\r\nCookie: ", " ")]
    [InlineData("GET / HTTP/1.1\r\nTE: ", "trailers,")]
    [InlineData("GET /v1", "/v1")]
    [InlineData("GET /", "a")]
    [InlineData("GET /?", "a=b&")]
    [InlineData("GET http://a/", "/")]
    public void Write_LongerHead_CostsTheSameForEachOctet(string beginning, string filler)
    {
        var (smaller, larger) = (Head(beginning, filler, 1), Head(beginning, filler, CostPerOctet.Factor));
        Assert.True(PathRewrite.TryParse("(/v1|a+b)+=/v2", out var path, out _));
        var rewriter = new HeadRewriter(new()
        {
            MirrorName = "blue",
            TargetAuthority = "staging:8080",
            OwnAddress = IPAddress.Loopback,
            Path = path,
            Edits = [Edit(HeaderEditKind.Set, "X-Set: a"), Edit(HeaderEditKind.Add, "X-Add: b"), Edit(HeaderEditKind.Set, "X-Other: c")],
        });
        var (scratch, output) = (new Latin1Scratch(), new ArrayBufferWriter<byte>());
        AssertLinear(smaller, larger, (head, octets) =>
        {
            output.ResetWrittenCount();
            rewriter.Write(head, octets, scratch, output);
        });
    }

    [Theory]
    [InlineData("a=b; ")]
    [InlineData("ab; ")]
    [InlineData(" \t")]
    [InlineData("=")]
    [InlineData(";")]
    public void Find_LongerCookie_CostsTheSameForEachOctet(string filler)
    {
        const string Beginning = "GET / HTTP/1.1\r\nCookie: ";
        AssertLinear(
            Head(Beginning, filler, 1), Head(Beginning, filler, CostPerOctet.Factor),
            (head, octets) => Cookies.TryFind(head, octets, "sid"u8, out _));
    }

    [Theory]
    [InlineData("(a*)*b", "a")]
    [InlineData("(a|aa)+$", "a")]
    [InlineData("(.*)x(.*)y", "xz")]
    [InlineData("^(([a-z])+.)+[A-Z]$", "a")]
    public void Match_LongerText_CostsTheSameForEachOctet(string expression, string filler)
    {
        Assert.True(Re2Expression.TryCompile(expression, Re2Expression.Whole.Yes, out var regex, out _));
        var (smaller, larger) = (Text(filler, 1), Text(filler, CostPerOctet.Factor));
        var growth = CostPerOctet.Growth(() => regex.IsMatch(smaller), () => regex.IsMatch(larger));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }

    [Fact]
    public void Keep_MoreEdits_CostTheSameEach()
    {
        static List<HeaderEdit> Edits(int count) => [.. Enumerable.Range(0, count).Select(n => Edit(HeaderEditKind.Set, $"x-{n}: a"))];
        var (smaller, larger) = (Edits(500), Edits(500 * CostPerOctet.Factor));
        var growth = CostPerOctet.Growth(() => HeadEdits.KeptOf(smaller), () => HeadEdits.KeptOf(larger));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an edit costs {growth:0.00} times as much");
    }

    private static void AssertLinear(byte[] smaller, byte[] larger, Action<MessageHead, byte[]> work)
    {
        var (ofSmaller, ofLarger) = (Read(smaller), Read(larger));
        var growth = CostPerOctet.Growth(() => work(ofSmaller, smaller), () => work(ofLarger, larger));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }

    private static MessageHead Read(byte[] octets)
    {
        var head = new MessageHead();
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, MessageKind.Request, Roomy, head, out _));
        return head;
    }

    private static byte[] Head(string beginning, string filler, int factor) =>
    [
        .. Encoding.ASCII.GetBytes(beginning),
        .. CostPerOctet.Repeat(Encoding.ASCII.GetBytes(filler), (Length * factor) - (Length * factor % filler.Length)),
        .. beginning.Contains('\n') ? "\r\n\r\n"u8 : " HTTP/1.1\r\n\r\n"u8,
    ];

    private static string Text(string filler, int factor) =>
        Encoding.ASCII.GetString(CostPerOctet.Repeat(Encoding.ASCII.GetBytes(filler), 4096 * factor));

    private static HeaderEdit Edit(HeaderEditKind kind, string text)
    {
        Assert.True(HeaderEdit.TryParse(kind, text, out var edit, out var error), error);
        return edit;
    }
}
