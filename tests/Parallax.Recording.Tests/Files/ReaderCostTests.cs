using System.Text;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Gor;
using Parallax.Recording.Har;
using Parallax.Recording.JsonLines;
using Parallax.Recording.Plx;
using Parallax.Recording.Tests.Plx;
using Parallax.TestKit;

namespace Parallax.Recording.Tests.Files;

/// <summary>Whatever a recording repeats, and however much it holds, reading and writing it costs the same for each octet.</summary>
[Collection(nameof(Costs))]
public sealed class ReaderCostTests
{
    private const int Length = 24 << 10;
    private const int Entries = 200;
    private const string Har = "{\"log\":{\"entries\":[";
    private const string Began = "\"startedDateTime\":\"2024-05-01T10:00:00Z\"";
    private const string Separator = "\n🐵🙈🙉\n";

    public static TheoryData<RecordingFormat> Written => [.. Enum.GetValues<RecordingFormat>()];

    [Theory]
    [InlineData("1 a 1\nGET / HTTP/1.1\r\n\r\n" + Separator)]
    [InlineData("2 a 1\nHTTP/1.1 200 OK\r\n\r\n" + Separator)]
    [InlineData("3 a 1\n" + Separator)]
    [InlineData("1 a 1\nx" + Separator + "2 a 1\ny" + Separator)]
    [InlineData("1 a 1\nx" + Separator + "1 b 1\ny" + Separator)]
    [InlineData("\n🐵🙈🙉")]
    [InlineData("1 a 1\nPOST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n" + Separator)]
    public void Read_LongerGor_CostsTheSameForEachOctet(string filler) =>
        AssertLinear("1 a 1\nx" + Separator, filler, file => new GorReader(file, "a.gor"));

    [Theory]
    [InlineData(Har, "{\"request\":{\"method\":\"GET\",\"url\":\"http://a/\",\"headers\":[]}," + Began + "},")]
    [InlineData(Har, "{\"request\":{\"url\":\"http://a/\"}," + Began + ",\"time\":9e9},")]
    [InlineData("{\"log\":{\"entries\":[", "{},")]
    [InlineData("{\"log\":{\"entries\":[", " ")]
    [InlineData(Har + "{\"request\":{\"method\":\"GET\",\"url\":\"http://a/\",\"headers\":[", "{\"name\":\"a\",\"value\":\"b\"},")]
    [InlineData("{\"log\":{\"entries\":[{\"request\":{\"method\":\"GET\",\"url\":\"http://a/", "%é")]
    [InlineData("{\"log\":{\"entries\":[{\"a\":\"", "\\u0041")]
    [InlineData("{\"log\":{\"pages\":[", "{\"a\":[]},")]
    [InlineData("{\"log\":{\"pages\":\"", "x")]
    [InlineData("{\"a\":", "[")]
    public void Read_LongerHar_CostsTheSameForEachOctet(string beginning, string filler) =>
        AssertLinear(beginning, filler, file => new HarReader(file, "a.har"));

    [Theory]
    [InlineData("", "\n")]
    [InlineData("", "{\"schema\":1,\"kind\":\"account\"}\n")]
    [InlineData("", "{\"schema\":1,\"kind\":\"exchange\",\"method\":\"GET\",\"target\":\"/\",\"requestHeaders\":[]}\n")]
    [InlineData("", "{\"schema\":1,\"kind\":\"request\",\"id\":1,\"method\":\"GET\",\"target\":\"/\",\"requestHeaders\":[]}\n")]
    [InlineData("{\"schema\":1,\"kind\":\"account\"}\n", "{}\n")]
    [InlineData("{\"schema\":1,\"kind\":\"exchange\",\"requestHeaders\":[", "[\"a\",\"b\"],")]
    [InlineData("{\"schema\":1,\"kind\":\"exchange\",\"requestHeaders\":[],\"requestBody\":\"", "\\u00e9")]
    [InlineData("{\"schema\":1,\"kind\":\"exchange\",\"requestHeaders\":[],\"shadows\":[", "{},")]
    [InlineData("{\"schema\":1,\"kind\":\"exchange\",\"flags\":[", "\"SnapCut\",")]
    [InlineData("{\"schema\":1,", "\"a\":[],")]
    [InlineData("", "[")]
    public void Read_LongerJsonLines_CostTheSameForEachOctet(string beginning, string filler) =>
        AssertLinear(beginning, filler, file => new JsonLinesReader(file, "a.jsonl"));

    [Theory]
    [InlineData("PLXB")]
    [InlineData("PLX")]
    [InlineData("\0")]
    public void Read_LongerPlxThatIsDamaged_CostsTheSameForEachOctet(string filler) =>
        AssertLinear(
            Encoding.Latin1.GetString(PlxOctets.Write(StoredEntry.Many(1, 1))),
            filler,
            file => new PlxReader(file, "a.plx"),
            Encoding.Latin1);

    [Fact]
    public void Read_MoreEntriesOfAPlx_CostTheSameEach()
    {
        var (smaller, larger) = (PlxOctets.Write(Many(1)), PlxOctets.Write(Many(CostPerOctet.Factor)));
        AssertLinear(() => Read(new PlxReader(new MemoryStream(smaller), "a")), () => Read(new PlxReader(new MemoryStream(larger), "a")));
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void Write_MoreEntries_CostTheSameEach(RecordingFormat format)
    {
        var (smaller, larger) = (Many(1), Many(CostPerOctet.Factor));
        AssertLinear(() => Write(format, smaller), () => Write(format, larger));
    }

    [Theory]
    [InlineData(RecordingFormat.Gor, "\n🐵🙈🙉")]
    [InlineData(RecordingFormat.Har, "é\"")]
    [InlineData(RecordingFormat.Har, "a=b&")]
    [InlineData(RecordingFormat.JsonLines, "\u0001")]
    [InlineData(RecordingFormat.JsonLines, "\u00ff")]
    public void Write_LongerMessage_CostsTheSameForEachOctet(RecordingFormat format, string filler)
    {
        StoredEntry Entry(int factor)
        {
            var body = CostPerOctet.Repeat(Encoding.UTF8.GetBytes(filler), Length / 24 * factor);
            var head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + $"Content-Length: {body.Length}\r\n\r\n";
            return new() { Request = [.. Encoding.ASCII.GetBytes(head), .. body], Response = [.. "HTTP/1.1 200 OK\r\n\r\n"u8, .. body] };
        }

        var (smaller, larger) = (Entry(1), Entry(CostPerOctet.Factor));
        AssertLinear(() => Write(format, [smaller]), () => Write(format, [larger]));
    }

    private static void AssertLinear(string beginning, string filler, Func<Stream, IRecordingReader> open, Encoding? encoding = null)
    {
        byte[] File(int factor) =>
        [
            .. (encoding ?? Encoding.UTF8).GetBytes(beginning),
            .. CostPerOctet.Repeat((encoding ?? Encoding.UTF8).GetBytes(filler), Length * factor),
        ];
        var (smaller, larger) = (File(1), File(CostPerOctet.Factor));
        AssertLinear(() => Read(open(new MemoryStream(smaller))), () => Read(open(new MemoryStream(larger))));
    }

    private static void AssertLinear(Action smaller, Action larger)
    {
        var growth = CostPerOctet.Growth(smaller, larger);
        Assert.True(growth <= CostPerOctet.MaxGrowth, $"an octet costs {growth:0.00} times as much");
    }

    private static void Read(IRecordingReader reader)
    {
        using var checking = new CheckedEntries(reader);
        try
        {
            while (checking.TryRead(out _))
            {
            }
        }
        catch (RecordingException)
        {
            // It is none of its format, and costs the same for each octet all the same.
        }
    }

    private static List<StoredEntry> Many(int factor) => StoredEntry.Many(5, Entries * factor);

    private static void Write(RecordingFormat format, IReadOnlyList<StoredEntry> entries)
    {
        using var writer = RecordingFormats.Create(new MemoryStream(), format, isGzip: false, new(), TimeProvider.System);
        foreach (var entry in entries)
        {
            writer.TryWrite(entry.View);
        }

        writer.Finish();
    }
}
