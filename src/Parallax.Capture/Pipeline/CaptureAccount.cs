using Parallax.Capture.Sources;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Capture.Pipeline;

/// <summary>What a capture has seen and what became of it: a sum over its shards, taken at one moment.</summary>
/// <remarks>Packets: taken = with a segment + Σ decode reasons; segments = to flows + denied + other ports + translated
/// copies + dropped at an inbox.
/// Requests: seen = complete + truncated + incomplete + in flight. Thread safety: immutable.</remarks>
public sealed record CaptureAccount
{
    /// <summary>Packets taken from the sources.</summary>
    public long Packets { get; init; }

    /// <summary>Their octets.</summary>
    public long Octets { get; init; }

    /// <summary>Packets the kernel or the card lost, and capture files that break off.</summary>
    public SourceLosses Losses { get; init; }

    /// <summary>What is wrong with the sources, a line each; complete when the run is over.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Packets of link types the decoder does not know, by link type.</summary>
    public IReadOnlyList<(int? Key, TrafficCount Count)> UnreadLinkTypes { get; init; } = [];

    /// <summary>True when something that was captured could not be looked into: a file that breaks off, a link type not known.</summary>
    public bool IsPartlyUnread => Losses.Torn > 0 || Decoded[(int)DecodeStatus.UnsupportedLinkType] > 0;

    /// <summary>Packets by what the decoder made of them, indexed by <see cref="DecodeStatus"/>.</summary>
    public required IReadOnlyList<long> Decoded { get; init; }

    /// <summary>Datagrams of which fragments never came and that made room for newer ones.</summary>
    public long DatagramsEvicted { get; init; }

    /// <summary>Datagrams of which fragments did not come in time.</summary>
    public long DatagramsTimedOut { get; init; }

    /// <summary>Datagrams that wait for fragments now.</summary>
    public long DatagramsHeld { get; init; }

    /// <summary>Fragments that repeated octets with other values than the first copy, which counts.</summary>
    public long ConflictingFragments { get; init; }

    /// <summary>Segments of virtual networks that are not captured.</summary>
    public long DeniedVnis { get; init; }

    /// <summary>Segments of other ports than the services'.</summary>
    public long OtherPorts { get; init; }

    /// <summary>Segments of connections that were seen with other addresses, too, and count once.</summary>
    public long TranslatedCopies { get; init; }

    /// <summary>Segments that the inbox of the shard they belong to had no room for.</summary>
    public long InboxDrops { get; init; }

    /// <summary>Segments taken into flows.</summary>
    public long Segments { get; init; }

    /// <summary>Flows begun.</summary>
    public long FlowsBegun { get; init; }

    /// <summary>Flows held now.</summary>
    public long FlowsHeld { get; init; }

    /// <summary>Flows by why they ended, indexed by <see cref="FlowEnd"/>.</summary>
    public required IReadOnlyList<long> FlowsEnded { get; init; }

    /// <summary>Octets of flows that were never seen.</summary>
    public long LostOctets { get; init; }

    /// <summary>Gaps they make up.</summary>
    public long Gaps { get; init; }

    /// <summary>Gaps given up because a memory bound was reached.</summary>
    public long GapsForcedByBounds { get; init; }

    /// <summary>Out-of-order bytes held now.</summary>
    public long HeldBytes { get; init; }

    /// <summary>Segments that came more than once.</summary>
    public long OldSegments { get; init; }

    /// <summary>Overlapping segments with other octets than the first copy.</summary>
    public long ConflictingSegments { get; init; }

    /// <summary>Request heads read.</summary>
    public long RequestsSeen { get; init; }

    /// <summary>Requests stored to their end.</summary>
    public long RequestsComplete { get; init; }

    /// <summary>Requests with a body beyond the limit.</summary>
    public long RequestsTruncated { get; init; }

    /// <summary>Requests of which octets were never seen.</summary>
    public long RequestsIncomplete { get; init; }

    /// <summary>Final responses.</summary>
    public long Responses { get; init; }

    /// <summary>Responses whose request was not seen.</summary>
    public long OrphanResponses { get; init; }

    /// <summary>Exchanges that ended without a response.</summary>
    public long Unanswered { get; init; }

    /// <summary>Places where a half stopped being HTTP/1.</summary>
    public long Malformed { get; init; }

    /// <summary>Connections that are not HTTP/1, or no longer, by what they look like, indexed by <see cref="OtherProtocol"/>.</summary>
    public IReadOnlyList<long> OtherProtocols { get; init; } = [];

    /// <summary>Connections that began with a PROXY header, which says who the client is.</summary>
    public long ProxiedConnections { get; init; }

    /// <summary>Complete requests found inside a tunnel, which are never mirrored.</summary>
    public long RequestsInTunnels { get; init; }

    /// <summary>Octets of tunnels.</summary>
    public long TunnelOctets { get; init; }

    /// <summary>Packets by virtual network, the busiest first; a null key stands for all beyond the first thousand.</summary>
    public required IReadOnlyList<(int? Key, TrafficCount Count)> ByVni { get; init; }

    /// <summary>Datagrams by sender of tunnelled packets, the busiest first; a null key as above.</summary>
    public required IReadOnlyList<(NetworkAddress? Key, TrafficCount Count)> BySender { get; init; }

    /// <summary>Requests whose end has not come yet.</summary>
    public long RequestsInFlight => RequestsSeen - RequestsComplete - RequestsTruncated - RequestsIncomplete;

    /// <summary>Adds up <paramref name="shards"/>.</summary>
    public static CaptureAccount Of(IReadOnlyCollection<CaptureShard> shards, IEnumerable<SourceLosses> losses)
    {
        ArgumentNullException.ThrowIfNull(shards);
        var lost = losses.Aggregate((one, other) => one + other);
        return new()
        {
            Losses = lost,
            Packets = shards.Sum(shard => shard.Packets),
            Octets = shards.Sum(shard => shard.Octets),
            Decoded = [.. Enum.GetValues<DecodeStatus>().Select(status => shards.Sum(shard => shard.Decoder.Counters[status]))],
            DatagramsEvicted = shards.Sum(shard => shard.Decoder.Counters.DatagramsEvicted),
            DatagramsTimedOut = shards.Sum(shard => shard.Decoder.Counters.DatagramsTimedOut),
            DatagramsHeld = shards.Sum(shard => (long)shard.Decoder.WaitingDatagrams),
            ConflictingFragments = shards.Sum(shard => shard.Decoder.Counters.FragmentOverlapConflicts),
            DeniedVnis = shards.Sum(shard => shard.DeniedVnis),
            OtherPorts = shards.Sum(shard => shard.OtherPorts),
            TranslatedCopies = shards.Sum(shard => shard.TranslatedCopies),
            InboxDrops = shards.Sum(shard => shard.InboxDrops.Total),
            Segments = shards.Sum(shard => shard.Flows.Segments),
            FlowsBegun = shards.Sum(shard => shard.Flows.Begun),
            FlowsHeld = shards.Sum(shard => (long)shard.Flows.Flows),
            FlowsEnded = [.. Enum.GetValues<FlowEnd>().Select(reason => shards.Sum(shard => shard.Flows.Ended(reason)))],
            LostOctets = shards.Sum(shard => shard.Flows.LostOctets),
            Gaps = shards.Sum(shard => shard.Flows.Gaps),
            GapsForcedByBounds = shards.Sum(shard => shard.Flows.GapsForcedByBounds),
            HeldBytes = shards.Sum(shard => shard.Flows.HeldBytes),
            OldSegments = shards.Sum(shard => shard.Flows.OldSegments),
            ConflictingSegments = shards.Sum(shard => shard.Flows.ConflictingSegments),
            RequestsSeen = shards.Sum(shard => shard.Extraction.RequestsSeen),
            RequestsComplete = shards.Sum(shard => shard.Extraction.RequestsComplete),
            RequestsTruncated = shards.Sum(shard => shard.Extraction.RequestsTruncated),
            RequestsIncomplete = shards.Sum(shard => shard.Extraction.RequestsIncomplete),
            Responses = shards.Sum(shard => shard.Extraction.Responses),
            OrphanResponses = shards.Sum(shard => shard.Extraction.OrphanResponses),
            Unanswered = shards.Sum(shard => shard.Extraction.Unanswered),
            OtherProtocols =
                [.. Enum.GetValues<OtherProtocol>().Select(each => shards.Sum(shard => shard.Extraction.OtherProtocols[(int)each]))],
            ProxiedConnections = shards.Sum(shard => shard.Extraction.ProxiedConnections),
            Malformed = shards.Sum(shard => shard.Extraction.Malformed),
            RequestsInTunnels = shards.Sum(shard => shard.Extraction.RequestsInTunnels),
            TunnelOctets = shards.Sum(shard => shard.Extraction.TunnelOctets),
            UnreadLinkTypes = Together(shards.SelectMany(shard => shard.UnreadLinkTypes)),
            ByVni = Together(shards.SelectMany(shard => shard.ByVni)),
            BySender = Together(shards.SelectMany(shard => shard.BySender)),
        };
    }

    private static IReadOnlyList<(TKey? Key, TrafficCount Count)> Together<TKey>(IEnumerable<(TKey? Key, TrafficCount Count)> counts)
        where TKey : struct =>
    [
        .. counts.GroupBy(each => each.Key)
            .Select(group => (group.Key, new TrafficCount(group.Sum(each => each.Count.Packets), group.Sum(each => each.Count.Octets))))
            .OrderByDescending(each => each.Item2.Packets),
    ];
}
