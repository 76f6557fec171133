using System.Text;
using Parallax.TestKit;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

/// <summary>Whatever a sender repeats, and in however small pieces it comes, reading costs the same for each octet.</summary>
[Collection(nameof(Costs))]
public sealed class ReadingCostTests
{
    private const int Length = 24 << 10;

    private static readonly Http1Policy Roomy = Http1Policy.Passive with
    {
        MaxFields = 1_000_000,
        MaxHeadBytes = 4 << 20,
        MaxTargetBytes = 4 << 20,
    };

    public static TheoryData<string, string> Fillers { get; } = new()
    {
        { "GET / HTTP/1.1\r\n", "a: b\r\n" },
        { "GET / HTTP/1.1\r\n", "Connection: a\r\n" },
        { "GET / HTTP/1.1\r\n", "Host: a\r\n" },
        { "GET / HTTP/1.1\r\n", "Content-Length: 1\r\n" },
        { "GET / HTTP/1.1\r\n", "Transfer-Encoding: chunked\r\n" },
        { "GET / HTTP/1.1\r\n", "no field\r\n" },
        { "GET / HTTP/1.1\r\nA: b\r\n", " folded\r\n" },
        { "GET / HTTP/1.1\r\nA: b", "\r" },
        { "GET / HTTP/1.1\r\nA:", " " },
        { "GET / HTTP/1.1\r\nA: ", "b " },
        { "GET / HTTP/1.1\r\nConnection: ", "a, " },
        { "GET / HTTP/1.1\r\nConnection: ", "," },
        { "GET / HTTP/1.1\r\nTransfer-Encoding: ", "gzip," },
        { "GET / HTTP/1.1\r\nContent-Length: ", "1," },
        { "GET / HTTP/1.1\r\nKeep-Alive: ", "timeout=1," },
        { "GET /", "a" },
        { "GET /", "a b " },
        { "GET", " " },
        { "", "\r\n" },
        { "", "x" },
        { "", "GET / HTTP/1.1\r\n\r\n" },
        { "", "HTTP/1.1 200 OK\r\n\r\n" },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n" },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "1;a=b\r\na\r\n" },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;", "a=\"b\";" },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "a: b\r\n" },
        { "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "0" },
        { "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", "GET / HTTP/1.1\r\n\r\n" },
        { "GET\u0001/ HTTP/1.1\r\n\r\n", "GET / HTT" },
    };

    [Theory]
    [MemberData(nameof(Fillers))]
    public void Read_LongerStream_CostsTheSameForEachOctet(string beginning, string filler) =>
        AssertLinear(beginning, filler, int.MaxValue);

    [Theory]
    [MemberData(nameof(Fillers))]
    public void Read_LongerStreamInSmallPieces_CostsTheSameForEachOctet(string beginning, string filler) =>
        AssertLinear(beginning, filler, 16);

    private static void AssertLinear(string beginning, string filler, int piece)
    {
        var (smaller, larger) = (Stream(beginning, filler, 1), Stream(beginning, filler, CostPerOctet.Factor));
        var growth = CostPerOctet.Growth(() => Read(smaller, piece), () => Read(larger, piece));
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }

    private static byte[] Stream(string beginning, string filler, int factor) =>
        [.. Encoding.Latin1.GetBytes(beginning), .. CostPerOctet.Repeat(Encoding.Latin1.GetBytes(filler), Length * factor)];

    private static void Read(byte[] octets, int piece)
    {
        var reader = new MessageReader(MessageKind.Request, Roomy);
        for (var at = 0; at < octets.Length;)
        {
            var length = Math.Min(piece, octets.Length - at);
            ReadOnlySpan<byte> rest = octets.AsSpan(at, length);
            while (reader.Read(rest, out var consumed).Kind != ReadEventKind.NeedMore)
            {
                rest = rest[consumed..];
            }

            at += length;
        }

        reader.Finish();
    }
}
