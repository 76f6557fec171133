using Parallax.TestKit;

namespace Parallax.Capture.Tests.Pipeline;

/// <summary>Where the segments of a connection were cut changes nothing of what is extracted.</summary>
public sealed class EverySplitTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    public static TheoryData<string> Scripts => [.. All.Keys];

    private static Dictionary<string, FlowScript> All { get; } = new()
    {
        ["keep-alive"] = Begin().Client("GET /1 HTTP/1.1\r\n\r\n").Server(Ok).Client("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n").Server(Ok).Fin(),
        ["pipelined"] = Begin().Client("GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\n\r\n")
            .Server(Ok + Ok + Ok).Fin(),
        ["chunked"] = Begin().Client("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\n")
            .Server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n").Fin(),
        ["interim"] = Begin().Client("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            .Server("HTTP/1.1 100 Continue\r\n\r\n").Client("abc").Server("HTTP/1.1 103 x\r\n\r\n" + Ok).Fin(),
        ["until close"] = Begin().Client("GET / HTTP/1.0\r\n\r\n").Server("HTTP/1.0 200 OK\r\n\r\nabcdef").Fin(),
        ["upgrade"] = Begin().Client("GET / HTTP/1.1\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
            .Server("HTTP/1.1 101 x\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nabc").Client("def").Fin(),
        ["early"] = Begin().Client("PUT / HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc").Server("HTTP/1.1 400 x\r\nContent-Length: 0\r\n\r\n")
            .Client("def").Fin(),
        ["broken chunks"] = Begin().Client("GET / HTTP/1.1\r\n\r\n")
            .Server("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n \r\n\r\n3\r\nabc\r\n").Fin(),
        ["bare line ends"] = Begin().Client("\nGET / HTTP/1.1\nA: b\n\n").Server("HTTP/1.1 200 OK\rContent-Length: 2\r\n\nok").Fin(),
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Extraction_EverySplitOfEverySegment_IsTheSame(string name)
    {
        var segments = All[name].Segments;
        var expected = Tap.Watch(segments).Exchanges;
        Assert.NotEmpty(expected);
        for (var index = 0; index < segments.Count; index++)
        {
            for (var cut = 1; cut < segments[index].Payload.Length; cut++)
            {
                Assert.Equal(expected, Tap.Watch(Cut(segments, index, cut)).Exchanges);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Extraction_OctetByOctet_IsTheSame(string name)
    {
        var segments = All[name].Segments;
        IEnumerable<ScriptedSegment> cut = segments;
        for (var index = segments.Count - 1; index >= 0; index--)
        {
            for (var at = segments[index].Payload.Length - 1; at > 0; at--)
            {
                cut = Cut([.. cut], index, at);
            }
        }

        Assert.Equal(Tap.Watch(segments).Exchanges, Tap.Watch(cut).Exchanges);
    }

    private static FlowScript Begin() => new FlowScript().Handshake();

    private static IEnumerable<ScriptedSegment> Cut(IReadOnlyList<ScriptedSegment> segments, int index, int at)
    {
        var whole = segments[index];
        var first = whole with { Payload = whole.Payload[..at] };
        var second = whole with { Payload = whole.Payload[at..], Sequence = whole.Sequence + (uint)at };
        return [.. segments.Take(index), first, second, .. segments.Skip(index + 1)];
    }
}
