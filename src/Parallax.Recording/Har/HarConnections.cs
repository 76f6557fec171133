using System.Text.Json;
using Parallax.Wire;

namespace Parallax.Recording.Har;

/// <summary>Finds out which entries of a HAR file came one after the other on a connection.</summary>
/// <remarks>
/// <para>What a HAR file calls <c>connection</c> is a connection of HTTP/1, one of HTTP/2 or 3 with many requests at once, or, in Firefox
/// and Chromium, no more than the server's port. So what overlaps in time is given separate sessions, and only what did
/// not overlap stays in one.</para>
/// <para>Memory: bounded. Thread safety: none.</para>
/// </remarks>
internal sealed class HarConnections(long firstSession)
{
    private const int MaxConnections = 16_384;
    private const int MaxKept = 64;

    // Times are rounded, and programs take them at different places: so much overlap, or half of a short exchange, is none.
    private const long Tolerance = 5_000_000;

    private readonly Dictionary<string, List<Lane>> _connections = [];
    private long _next = firstSession;

    /// <summary>The session of an entry; 0 when the file does not tell its connection.</summary>
    /// <param name="har">The entry.</param>
    /// <param name="authority">The server, without which a connection's number says little.</param>
    /// <param name="begin">When it was sent.</param>
    /// <param name="end">When its answer was there.</param>
    public long SessionOf(JsonElement har, string authority, Timestamp begin, Timestamp end)
    {
        // Chromium's own number; the specification's, which is there the server's port; WebPageTest's.
        string[] names = [HarJson.Text(har, "_connectionId"), HarJson.Text(har, "connection"), HarJson.Text(har, "_socket")];
        if (Array.Find(names, name => name is not ("" or "0" or "-1")) is not { } known)
        {
            return 0;
        }

        if (_connections.Count > MaxConnections)
        {
            _connections.Clear();
        }

        var key = $"{known} {authority}";
        if (!_connections.TryGetValue(key, out var lanes))
        {
            _connections.Add(key, lanes = []);
        }

        var lane = Best(lanes, begin, end);
        if (lane is null)
        {
            lane = new(_next++);
            lanes.Add(lane);
        }

        lane.Take(begin, end);
        return lane.Session;
    }

    // The one that became free last: what follows upon an answer stays with it.
    private static Lane? Best(List<Lane> lanes, Timestamp begin, Timestamp end)
    {
        Lane? best = null;
        foreach (var lane in lanes)
        {
            if (lane.IsFree(begin, end) && (best is null || lane.EndBefore(begin) > best.EndBefore(begin)))
            {
                best = lane;
            }
        }

        return best;
    }

    /// <summary>Exchanges none of which overlapped another.</summary>
    private sealed class Lane(long session)
    {
        private readonly List<(Timestamp Begin, Timestamp End)> _taken = [];

        public long Session => session;

        public bool IsFree(Timestamp begin, Timestamp end) =>
            !_taken.Exists(taken => Reaches(taken.Begin, taken.End, begin) && Reaches(begin, end, taken.Begin));

        public long EndBefore(Timestamp begin) =>
            _taken.Where(taken => taken.Begin <= begin).Select(taken => taken.End.Nanoseconds).DefaultIfEmpty(long.MinValue).Max();

        public void Take(Timestamp begin, Timestamp end)
        {
            if (_taken.Count == MaxKept)
            {
                _taken.RemoveAt(0);
            }

            _taken.Add((begin, end));
        }

        private static bool Reaches(Timestamp begin, Timestamp end, Timestamp other) =>
            end.Since(other) > Math.Min(Tolerance, end.Since(begin) / 2);
    }
}
