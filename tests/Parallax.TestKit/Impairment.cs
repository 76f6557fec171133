using Parallax.Wire.Packets;

namespace Parallax.TestKit;

/// <summary>What a network or a mirror does to segments on their way.</summary>
public enum ImpairmentKind
{
    None,

    /// <summary>A segment comes up to 32 places later.</summary>
    Reorder,

    /// <summary>A segment comes a second time, up to 16 places later.</summary>
    Duplicate,

    /// <summary>Octets come a second time with other values: a whole segment, or in front of new ones.</summary>
    Overlap,

    /// <summary>Segments are cut into several, or put together with the next of their half.</summary>
    Resegment,

    /// <summary>A segment is not seen.</summary>
    Loss,
}

/// <summary>Spoils a trace by a seed: the same seed, the same spoilt trace.</summary>
public static class Impairment
{
    private const int FarthestReorder = 32;
    private const int FarthestDuplicate = 16;

    /// <summary>The trace as it is seen.</summary>
    /// <param name="segments">As sent, in the order of their times. Times stay with the places, so that they keep growing.</param>
    /// <param name="seed">Chooses what is hit.</param>
    /// <param name="kind">What happens.</param>
    /// <param name="rate">To which share of the segments, 0 to 1.</param>
    public static IReadOnlyList<ScriptedSegment> Apply(
        IReadOnlyList<ScriptedSegment> segments, int seed, ImpairmentKind kind, double rate)
    {
        var random = new Random(seed);
        bool Hit() => random.NextDouble() < rate;
        return kind switch
        {
            ImpairmentKind.Reorder => Moved(segments, _ => Hit() ? 1 + random.Next(FarthestReorder) : 0),
            ImpairmentKind.Duplicate => Duplicated(segments, random, rate),
            ImpairmentKind.Overlap => Timed(segments.SelectMany(segment => Hit() ? Overlapped(segment, random) : [segment])),
            ImpairmentKind.Resegment => Timed(Resegmented(segments, random, rate)),
            ImpairmentKind.Loss => [.. segments.Where(_ => !Hit())],
            _ => segments,
        };
    }

    private static List<ScriptedSegment> Duplicated(IReadOnlyList<ScriptedSegment> segments, Random random, double rate)
    {
        var doubled = new List<ScriptedSegment>();
        var delays = new List<int>();
        foreach (var segment in segments)
        {
            doubled.Add(segment);
            delays.Add(0);
            if (random.NextDouble() < rate)
            {
                doubled.Add(segment);
                delays.Add(random.Next(FarthestDuplicate));
            }
        }

        return Moved(doubled, place => delays[place]);
    }

    private static List<ScriptedSegment> Moved(IReadOnlyList<ScriptedSegment> segments, Func<int, int> delay)
    {
        // Half a place after the segment it is overtaken by.
        double Due(int place) => delay(place) is > 0 and var places ? place + places + 0.5 : place;
        var moved = segments.Select((segment, place) => (Due: Due(place), Segment: segment)).OrderBy(each => each.Due);
        return Timed(moved.Select(each => each.Segment));
    }

    /// <summary>Gives the k-th segment the k-th of the times.</summary>
    private static List<ScriptedSegment> Timed(IEnumerable<ScriptedSegment> segments)
    {
        var all = segments.ToList();
        var times = all.Select(segment => segment.Time.Nanoseconds).Order().ToList();
        return [.. all.Select((segment, place) => segment with { Time = new(times[place]) })];
    }

    /// <summary>Only octets that were seen come again: the first copy is the true one.</summary>
    private static IEnumerable<ScriptedSegment> Overlapped(ScriptedSegment segment, Random random)
    {
        if (segment.Payload.Length < 2 || segment.Flags.HasFlag(TcpFlags.Syn))
        {
            return [segment];
        }

        var cut = random.Next(1, segment.Payload.Length);
        var other = new byte[cut];
        random.NextBytes(other);
        var first = segment with { Payload = segment.Payload[..cut], Flags = segment.Flags & ~TcpFlags.Fin };
        return random.Next(2) == 0
            ? [segment, segment with { Payload = other, Flags = first.Flags }]
            : [first, segment with { Payload = [.. other, .. segment.Payload[cut..]] }];
    }

    private static IEnumerable<ScriptedSegment> Resegmented(IReadOnlyList<ScriptedSegment> segments, Random random, double rate)
    {
        var open = new Dictionary<FlowEndpoints, ScriptedSegment>();
        foreach (var segment in segments)
        {
            if (open.Remove(segment.Endpoints, out var before))
            {
                if (Follows(before, segment))
                {
                    byte[] both = [.. before.Payload, .. segment.Payload];
                    open[segment.Endpoints] = segment with { Payload = both, Sequence = before.Sequence };
                    continue;
                }

                yield return before;
            }

            if (segment.Payload.Length < 2 || random.NextDouble() >= rate)
            {
                yield return segment;
            }
            else if (random.Next(2) == 0)
            {
                open[segment.Endpoints] = segment;
            }
            else
            {
                foreach (var part in Cut(segment, random.Next(1, segment.Payload.Length)))
                {
                    yield return part;
                }
            }
        }

        foreach (var left in open.Values)
        {
            yield return left;
        }
    }

    private static bool Follows(ScriptedSegment before, ScriptedSegment segment) =>
        segment.FromClient == before.FromClient
        && segment.Sequence == before.Sequence + (uint)before.Payload.Length
        && segment.Acknowledgment == before.Acknowledgment
        && before.Payload.Length + segment.Payload.Length < 60_000;

    private static IEnumerable<ScriptedSegment> Cut(ScriptedSegment segment, int size) =>
        segment.Payload.Chunk(size).Select((part, i) => segment with
        {
            Payload = part,
            Sequence = segment.Sequence + (uint)(i * size),
            Flags = (i + 1) * size < segment.Payload.Length ? segment.Flags & ~TcpFlags.Fin : segment.Flags,
        });
}
