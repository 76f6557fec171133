using System.Net;
using System.Text.Json;
using Parallax.Recording.Entries;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Recording.Har;

/// <summary>Makes of a HAR entry's time, phases and connection what a capture would have seen.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
internal static class HarTimings
{
    /// <summary>The facts of an entry that is not our own.</summary>
    /// <param name="har">An object of log.entries.</param>
    /// <param name="url">Where its request went.</param>
    /// <param name="connections">Those of the file.</param>
    public static EntryFacts FactsOf(JsonElement har, HarUrl url, HarConnections connections)
    {
        var begin = HarTime.BeginOf(har);
        HarJson.TryGet(har, "timings", JsonValueKind.Object, out var timings);
        var waited = Nanoseconds(timings, "blocked") + Nanoseconds(timings, "dns") + Nanoseconds(timings, "connect");
        var sent = After(begin, waited + Nanoseconds(timings, "send"));
        var answered = After(sent, Nanoseconds(timings, "wait"));
        var ended = After(answered, Nanoseconds(timings, "receive"));
        ended = ended == begin ? After(begin, Nanoseconds(har, "time")) : ended;
        return new()
        {
            SequenceInSession = -1,
            Vni = -1,
            Session = connections.SessionOf(har, url.Authority, After(begin, waited), ended),
            Server = ServerOf(har, url),
            RequestFirst = begin,
            RequestLast = sent,
            ResponseFirst = answered == begin ? ended : answered,
            ResponseLast = ended,
        };
    }

    private static Endpoint ServerOf(JsonElement har, HarUrl url) =>
        IPAddress.TryParse(HarJson.Text(har, "serverIPAddress").Trim('[', ']'), out var address)
            ? new(NetworkAddress.From(address), (ushort)url.Port)
            : default;

    private static Timestamp After(Timestamp time, long nanoseconds) =>
        time.IsKnown ? new(time.Nanoseconds + Math.Min(nanoseconds, long.MaxValue - Math.Max(0, time.Nanoseconds))) : default;

    /// <summary>A phase that did not happen has the length -1.</summary>
    private static long Nanoseconds(JsonElement timings, string phase) =>
        HarJson.TryGet(timings, phase, JsonValueKind.Number, out var value)
        && value.TryGetDouble(out var milliseconds) && milliseconds is > 0 and < 1e9
            ? (long)(milliseconds * 1e6)
            : 0;
}
