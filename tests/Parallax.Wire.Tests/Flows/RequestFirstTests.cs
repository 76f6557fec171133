using Parallax.TestKit;

namespace Parallax.Wire.Tests.Flows;

/// <summary>The server's octets wait for the client's octets that they acknowledge, and never the other way round.</summary>
public sealed class RequestFirstTests
{
    [Fact]
    public void Add_ResponseBeforeItsRequest_WaitsForIt()
    {
        var script = new FlowScript().Handshake().Client("ask").Server("answer").Segments;
        var early = FlowRecorder.Run([.. script.Take(3), script[4]], finish: false);
        Assert.Empty(early.Flows);
        early.Table.Add(script[3].ToSegment());
        Assert.Equal(("ask", "answer"), (early.Client, early.Server));
        Assert.Equal(0, early.Table.Counters.HeldBytes);
    }

    [Fact]
    public void Advance_RequestNeverComes_ResponseIsDeliveredBehindTheGap()
    {
        var script = new FlowScript().Handshake().Lose(1).Client("ask").Server("answer").Server("s").Segments;
        var seen = FlowRecorder.Run(script, finish: false);
        Assert.Empty(seen.Flows);
        seen.Table.Advance(new(script[^1].Time.Nanoseconds + 100_000_000));
        seen.Table.Advance(new(script[^1].Time.Nanoseconds + 400_000_000));
        Assert.Equal(("???", "answers"), (seen.Client, seen.Server));
    }

    [Fact]
    public void Add_ResponseLost_NextRequestDoesNotWait()
    {
        var script = new FlowScript().Handshake().Client("ask").Lose(1).Server("answer").Client("again").Segments;
        Assert.Equal("askagain", FlowRecorder.Run(script, finish: false).Client);
    }

    [Fact]
    public void Add_ResponsesOverlapWhileTheyWait_FirstCopyWins()
    {
        var script = new FlowScript().Handshake().Client("ask").Server("answer").Server("s!").Segments;
        var other = script[4] with { Payload = "ANSWERS"u8.ToArray() };
        var seen = FlowRecorder.Run([.. script.Take(3), script[4], other, script[5], script[4], script[3]]);
        Assert.Equal(("ask", "answerS!"), (seen.Client, seen.Server));
    }

    [Fact]
    public void Finish_ResponseStillWaits_EverythingIsDelivered()
    {
        var script = new FlowScript().Handshake().Lose(1).Client("ask").Server("answer").Fin().Segments;
        var seen = FlowRecorder.Run(script);
        Assert.Equal(("???$", "answer$"), (seen.Client, seen.Server));
        Assert.Equal(0, seen.Table.Counters.HeldBytes);
    }
}
