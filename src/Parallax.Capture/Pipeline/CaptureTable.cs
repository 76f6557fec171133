using Parallax.Traffic.Counters;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Pipeline;

/// <summary>The counters of a <see cref="CaptureAccount"/>, but for those by network and sender.</summary>
public static class CaptureTable
{
    /// <summary>The counters.</summary>
    public static CounterTable<CaptureAccount> All { get; } = new(
        "capture",
        [
            new("packets", "Packets taken from the sources.", account => account.Packets),
            new("octets", "Their octets.", account => account.Octets),
            new("kernelLoss", "Packets the kernel or the card lost.", account => account.Losses.Kernel)
            {
                Shown = ("captured", "lost by the kernel"),
            },
            new("torn", "Capture files that are cut, damaged or empty.", account => account.Losses.Torn)
            {
                Shown = ("captured", "files cut, damaged or empty"),
            },
            new("leftOutOctets", "Octets of them that were not read.", account => account.Losses.LeftOutOctets)
            {
                Shown = ("captured", "octets of them not read"),
            },
            new("otherSenders", "Datagrams of senders that are not allowed.", account => account.Losses.OtherSenders)
            {
                Shown = ("captured", "datagrams of other senders"),
            },
            new("segments", "TCP segments taken into flows.", account => account.Segments),
            new("deniedVnis", "Segments of virtual networks that are not captured.", account => account.DeniedVnis)
            {
                Shown = ("captured", "other virtual networks"),
            },
            new("otherPorts", "Segments of other ports.", account => account.OtherPorts) { Shown = ("captured", "other ports") },
            new("translatedCopies", "Segments seen a second time with other addresses.", account => account.TranslatedCopies)
            {
                Shown = ("captured", "copies with translated addresses"),
            },
            new("datagramsHeld", "IP datagrams that wait for fragments.", account => account.DatagramsHeld)
            {
                Kind = CounterKind.Level,
                Shown = ("captured", "datagrams whose fragments are not all here"),
            },
            new("datagramsEvicted", "Such datagrams that made room for newer ones.", account => account.DatagramsEvicted)
            {
                Shown = ("captured", "such datagrams that made room"),
            },
            new("datagramsTimedOut", "Such datagrams whose fragments did not come in time.", account => account.DatagramsTimedOut)
            {
                Shown = ("captured", "such datagrams that waited too long"),
            },
            new("conflictingFragments", "Fragments that repeat octets with other values.", account => account.ConflictingFragments)
            {
                Shown = ("captured", "conflicting fragments"),
            },
            new("inboxDrops", "Segments that the shard they belong to had no room for.", account => account.InboxDrops)
            {
                Shown = ("captured", "dropped between shards"),
            },
            new("flowsBegun", "Connections seen.", account => account.FlowsBegun),
            new("flowsHeld", "Connections held now.", account => account.FlowsHeld) { Kind = CounterKind.Level },
            new("oldSegments", "Segments that came more than once.", account => account.OldSegments)
            {
                Shown = ("flows", "segments seen again"),
            },
            new("conflictingSegments", "Segments that overlap others with other octets.", account => account.ConflictingSegments)
            {
                Shown = ("flows", "conflicting segments"),
            },
            new("gaps", "Gaps of octets never seen.", account => account.Gaps) { Shown = ("flows", "gaps") },
            new("lostOctets", "The octets of the gaps.", account => account.LostOctets) { Shown = ("flows", "octets never seen") },
            new("gapsForcedByBounds", "Gaps given up because a bound on memory was reached.", account => account.GapsForcedByBounds)
            {
                Shown = ("flows", "gaps given up for memory"),
            },
            new("requestsSeen", "Request heads read.", account => account.RequestsSeen),
            new("requestsComplete", "Requests read to their end.", account => account.RequestsComplete),
            new("requestsTruncated", "Requests with a body beyond the limit.", account => account.RequestsTruncated),
            new("requestsIncomplete", "Requests of which octets were never seen.", account => account.RequestsIncomplete),
            new("responses", "Final responses.", account => account.Responses),
            new("orphanResponses", "Responses whose request was not seen.", account => account.OrphanResponses)
            {
                Shown = ("responses", "without their request"),
            },
            new("unanswered", "Requests without a response.", account => account.Unanswered)
            {
                Shown = ("responses", "requests without response"),
            },
            new("malformed", "Places where a connection stopped being HTTP/1.", account => account.Malformed)
            {
                Shown = ("responses", "places that are not HTTP/1"),
            },
            new("proxiedConnections", "Connections that began with a PROXY header.", account => account.ProxiedConnections)
            {
                Shown = ("flows", "with a PROXY header"),
            },
            new("tunnelOctets", "Octets of tunnels.", account => account.TunnelOctets),
            new("requestsInTunnels", "Requests inside a tunnel, which are not mirrored.", account => account.RequestsInTunnels)
            {
                Shown = ("responses", "requests in tunnels, not mirrored"),
            },
        ],
        [
            new("decoded", "Packets by what was made of them.", account => account.Decoded, CounterLabels.Of<DecodeStatus>("status")),
            new(
                "otherProtocols",
                "Connections that are not HTTP/1, or no longer.",
                account => account.OtherProtocols,
                CounterLabels.Of<OtherProtocol>("protocol")),
            new("flowsEnded", "Connections by why they ended.", account => account.FlowsEnded, CounterLabels.Of<FlowEnd>("reason")),
        ]);
}
