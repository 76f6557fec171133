using System.IO.Compression;
using Parallax.TestKit;
using Parallax.Traffic.Contents;

namespace Parallax.Capture.Tests.Pipeline;

/// <summary>However many requests wait on a connection, and however a gzip file is made, each costs the same.</summary>
[Collection(nameof(Costs))]
public sealed class ExtractionCostTests
{
    private const int Messages = 400;
    private const string Request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    [Fact]
    public void Watch_MoreRequestsWithoutResponse_CostTheSameEach() =>
        AssertLinear(count => new FlowScript().Handshake().Client(Repeat(Request, count)).Fin());

    [Fact]
    public void Watch_MoreResponsesWithoutRequest_CostTheSameEach() =>
        AssertLinear(count => new FlowScript().Handshake().Client(Request).Server(Repeat(Response, count)).Fin());

    [Fact]
    public void Watch_MorePipelinedRequests_CostTheSameEach() =>
        AssertLinear(count => new FlowScript().Handshake().Client(Repeat(Request, count)).Server(Repeat(Response, count)).Fin());

    [Fact]
    public void Watch_MoreThatIsNoMessage_CostsTheSameForEachOctet() =>
        AssertLinear(count => new FlowScript().Handshake().Client(Request).Server(Repeat("HTTP/1.1 2\r\n", count)).Fin());

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    public void Read_MoreMembersOfGzip_CostTheSameEach(int octets)
    {
        byte[] Members(int count) => CostPerOctet.Repeat(Compress(octets), count * Compress(octets).Length);
        var (smaller, larger) = (Members(Messages), Members(Messages * CostPerOctet.Factor));
        AssertLinear(() => Read(smaller), () => Read(larger));
    }

    [Theory]
    [InlineData(0x08, (byte)'a')]
    [InlineData(0x10, (byte)'a')]
    [InlineData(0x00, (byte)0)]
    public void Read_LongerGzipThatIsDamaged_CostsTheSameForEachOctet(int flags, byte filler)
    {
        byte[] File(int length) => [0x1F, 0x8B, 8, (byte)flags, 0, 0, 0, 0, 0, 3, .. CostPerOctet.Repeat([filler], length)];
        var (smaller, larger) = (File(16 << 10), File((16 << 10) * CostPerOctet.Factor));
        AssertLinear(() => Read(smaller), () => Read(larger));
    }

    private static void AssertLinear(Func<int, FlowScript> script)
    {
        var (smaller, larger) = (script(Messages), script(Messages * CostPerOctet.Factor));
        AssertLinear(() => Tap.Watch(smaller), () => Tap.Watch(larger));
    }

    private static void AssertLinear(Action smaller, Action larger)
    {
        var growth = CostPerOctet.Growth(smaller, larger);
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"each costs {growth:0.00} times as much");
    }

    private static string Repeat(string message, int count) => string.Concat(Enumerable.Repeat(message, count));

    private static void Read(byte[] file)
    {
        using var gzip = new CheckedGzipStream(new MemoryStream(file), default);
        var room = new byte[4096];
        while (gzip.Read(room) > 0)
        {
        }
    }

    private static byte[] Compress(int octets)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(new byte[octets]);
        }

        return compressed.ToArray();
    }
}
