using Parallax.Capture.Pipeline;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Flows;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Tests;

/// <summary>What must add up when a capture is over; asserted at the end of every test that runs one.</summary>
internal static class Conservation
{
    public static void AssertHolds(CaptureAccount account, OctetPool pool)
    {
        Assert.Equal(account.Packets, account.Decoded.Sum());
        Assert.Equal(
            account.Decoded[(int)DecodeStatus.Ok], account.Segments + account.DeniedVnis + account.OtherPorts
                + account.TranslatedCopies + account.InboxDrops);
        Assert.Equal(account.FlowsBegun, account.FlowsEnded.Sum());
        Assert.Equal((0, 0), (account.FlowsHeld, account.HeldBytes));
        Assert.Equal(0, account.RequestsInFlight);
        Assert.Equal((0, 0), (pool.RentedBytes, pool.RentedBlocks));
    }

    public static void AssertHolds(ExtractionCounters extraction, FlowCounters flows, OctetPool pool)
    {
        Assert.Equal(
            extraction.RequestsSeen, extraction.RequestsComplete + extraction.RequestsTruncated + extraction.RequestsIncomplete);
        Assert.Equal(extraction.RequestsSeen + extraction.OrphanResponses, extraction.Exchanges);
        Assert.Equal(extraction.Responses + extraction.Unanswered, extraction.Exchanges);
        Assert.Equal(flows.Begun, Enum.GetValues<FlowEnd>().Sum(flows.Ended));
        Assert.Equal((0, 0), (flows.Flows, flows.HeldBytes));
        Assert.Equal((0, 0), (pool.RentedBytes, pool.RentedBlocks));
    }
}
