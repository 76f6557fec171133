using Parallax.Capture.Pipeline;
using Parallax.Capture.Tests.Hardening;
using Parallax.TestKit;

namespace Parallax.Capture.Tests.Pipeline;

/// <summary>A host that translates addresses, captured on all its interfaces: each packet is seen before and after.</summary>
public sealed class TranslatedCopiesTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static readonly FlowEndpoints Outside = FlowEndpoints.Numbered(0);
    private static readonly FlowEndpoints Inside = FlowEndpoints.Numbered(1);

    [Fact]
    public void BothSides_CountOnce()
    {
        var (requests, copies, segments) = Watch(Interleaved(Script(Outside, 7_000), Script(Inside, 7_000)));

        Assert.Equal((1, segments / 2), (requests, copies));
    }

    [Fact]
    public void BothSides_CountTwiceUnlessAskedFor() =>
        Assert.Equal(2, Watch(Interleaved(Script(Outside, 7_000), Script(Inside, 7_000)), leavesOut: false).Requests);

    [Fact]
    public void OtherInitialSequenceNumber_IsAnotherConnection() =>
        Assert.Equal((2, 0L), Counts(Watch(Interleaved(Script(Outside, 7_000), Script(Inside, 7_001)))));

    [Fact]
    public void SynSentAgain_IsNoCopy()
    {
        var script = new FlowScript(Outside, 7_000).Handshake().Client(Get).Server(Ok).Fin().Segments;

        Assert.Equal((1, 0L), Counts(Watch([script[0], .. script])));
    }

    [Fact]
    public void SameNumberMuchLater_IsAnotherConnection()
    {
        var later = new FlowScript(Inside, 7_000, start: 1_700_000_010_000_000_000).Handshake().Client(Get).Server(Ok).Fin();

        Assert.Equal((2, 0L), Counts(Watch([.. Script(Outside, 7_000).Segments, .. later.Segments])));
    }

    [Fact]
    public void AddressesOfAnOldCopy_BeginAnewAndCount()
    {
        var later = new FlowScript(Inside, 9_000, start: 1_700_000_010_000_000_000).Handshake().Client(Get).Server(Ok).Fin();

        Assert.Equal(2, Watch([.. Interleaved(Script(Outside, 7_000), Script(Inside, 7_000)), .. later.Segments]).Requests);
    }

    private static FlowScript Script(FlowEndpoints endpoints, uint clientStart) =>
        new FlowScript(endpoints, clientStart).Handshake().Client(Get).Server(Ok).Fin();

    private static IEnumerable<ScriptedSegment> Interleaved(FlowScript one, FlowScript other) =>
        one.Segments.Zip(other.Segments).SelectMany(pair => new[] { pair.First, pair.Second });

    private static (int Requests, long Copies) Counts((int Requests, long Copies, int Segments) seen) => (seen.Requests, seen.Copies);

    private static (int Requests, long Copies, int Segments) Watch(IEnumerable<ScriptedSegment> segments, bool leavesOut = true)
    {
        var recorder = new ExchangeRecorder();
        var shard = Shards.New(recorder, new ShardOptions { LeavesOutTranslatedCopies = leavesOut });
        var count = 0;
        foreach (var segment in segments)
        {
            var frame = Encode.Ethernet(segment);
            shard.OnPacket(frame, Wire.Packets.LinkType.Ethernet, frame.Length, segment.Time);
            count++;
        }

        shard.Finish();
        return (recorder.Requests, shard.TranslatedCopies, count);
    }
}
