using System.Buffers;
using System.Runtime.InteropServices;

namespace Parallax.Wire.Flows;

/// <summary>Octets that arrived before the ones in front of them, or the knowledge that the capture cut them off.</summary>
/// <param name="Origin">Where they came from; <see cref="SegmentOrigin.First"/> is their place.</param>
/// <param name="Octets">Rented from the shared pool, owned by the list; null when the octets were cut off by the snap length.</param>
/// <param name="Length">How many.</param>
internal readonly record struct HeldSegment(SegmentOrigin Origin, byte[]? Octets, int Length)
{
    /// <summary>What an entry costs besides its octets; keeps one-octet segments from hiding after a byte bound.</summary>
    private const int OverheadBytes = 64;

    public SequenceNumber End => Origin.First.Advance(Length);

    /// <summary>What it counts against the bounds: the array as the pool sized it, and the entry.</summary>
    public int Bytes => (Octets?.Length ?? 0) + OverheadBytes;
}

/// <summary>The out-of-order octets of one half, sorted, without overlap: of octets seen twice the first copy is kept.</summary>
/// <remarks>
/// Entries lie in runs of a bounded length, so that what an entry costs does not grow with those that are held, in whatever order they
/// come.
/// Invariant: each entry ends at or before the start of the next, and no run is empty. "Before" is meant within 2³¹ of the half's next
/// number. Thread safety: none; belongs to one flow.
/// </remarks>
internal sealed class HeldSegments
{
    /// <summary>More entries than this are never useful: 4,096 segments of 1,460 octets are a 6 MB window.</summary>
    public const int MaxCount = 4096;

    /// <summary>A run that gets as long is cut in two.</summary>
    private const int MaxRun = 64;

    private readonly List<List<HeldSegment>> _runs = [];

    /// <summary>Kept for the next entry: flows are used again.</summary>
    private List<HeldSegment>? _spare;

    /// <summary>How many entries at the front of the first run are taken already.</summary>
    private int _taken;

    public int Count { get; private set; }

    public int Bytes { get; private set; }

    /// <summary>Segments whose octets were held already with other values.</summary>
    public long Conflicts { get; private set; }

    public HeldSegment First => _runs[0][_taken];

    /// <summary>Keeps what of [origin, origin + length) is not held yet. <paramref name="octets"/> is copied; empty for octets that
    /// the capture cut off.</summary>
    public void Add(SegmentOrigin origin, ReadOnlySpan<byte> octets, int length)
    {
        while (length > 0)
        {
            var run = RunOf(origin.First);
            var index = run < 0 ? 0 : IndexIn(run, origin.First);
            var covered = run < 0 ? 0 : Math.Min(_runs[run][index - 1].End.OctetsSince(origin.First), length);
            if (covered > 0)
            {
                Compare(_runs[run][index - 1], origin.First, octets, covered);
                Skip(ref origin, ref octets, ref length, covered);
                continue;
            }

            var take = Math.Min(RoomBefore(run, index, origin.First, length), length);
            Insert(run, index, origin, octets.IsEmpty ? octets : octets[..take], take);
            Skip(ref origin, ref octets, ref length, take);
        }
    }

    /// <summary>Counts the octets of <paramref name="again"/> that differ from the first copy held, if any of it is held.</summary>
    public void CompareFirst(SequenceNumber start, ReadOnlySpan<byte> again) =>
        Compare(First, start, again, Math.Min(First.Length, again.Length));

    /// <summary>Takes the first entry out; its octets go back to the pool by <see cref="Release"/>.</summary>
    public HeldSegment TakeFirst()
    {
        var run = _runs[0];
        var first = run[_taken];
        run[_taken++] = default;
        Bytes -= first.Bytes;
        Count--;
        if (_taken == run.Count)
        {
            _taken = 0;
            _runs.RemoveAt(0);
            Keep(run);
        }

        return first;
    }

    public static void Release(in HeldSegment segment)
    {
        if (segment.Octets is not null)
        {
            ArrayPool<byte>.Shared.Return(segment.Octets);
        }
    }

    public void Clear()
    {
        while (Count > 0)
        {
            Release(TakeFirst());
        }

        Conflicts = 0;
    }

    private static void Skip(ref SegmentOrigin origin, ref ReadOnlySpan<byte> octets, ref int length, int count)
    {
        origin = origin.Skip(count);
        octets = octets.IsEmpty ? octets : octets[count..];
        length -= count;
    }

    /// <summary>The last run that begins at or before a place; -1 when none does.</summary>
    private int RunOf(SequenceNumber place)
    {
        var (from, to) = (0, _runs.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            var first = _runs[middle][middle == 0 ? _taken : 0];
            (from, to) = first.Origin.First.OctetsSince(place) > 0 ? (from, middle) : (middle + 1, to);
        }

        return from - 1;
    }

    /// <summary>The first entry of a run that begins after a place; its length when none does.</summary>
    private int IndexIn(int run, SequenceNumber place)
    {
        var entries = _runs[run];
        var (from, to) = (run == 0 ? _taken : 0, entries.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            (from, to) = entries[middle].Origin.First.OctetsSince(place) > 0 ? (from, middle) : (middle + 1, to);
        }

        return from;
    }

    /// <summary>Octets between a place and the next entry, which begins after it.</summary>
    private int RoomBefore(int run, int index, SequenceNumber place, int most)
    {
        var isInRun = run >= 0 && index < _runs[run].Count;
        return isInRun ? _runs[run][index].Origin.First.OctetsSince(place)
            : run + 1 < _runs.Count ? _runs[run + 1][run < 0 ? _taken : 0].Origin.First.OctetsSince(place)
            : most;
    }

    private void Insert(int run, int index, SegmentOrigin origin, ReadOnlySpan<byte> octets, int length)
    {
        byte[]? copy = null;
        if (!octets.IsEmpty)
        {
            copy = ArrayPool<byte>.Shared.Rent(length);
            octets.CopyTo(copy);
        }

        var held = new HeldSegment(origin, copy, length);
        Bytes += held.Bytes;
        Count++;
        if (_runs.Count == 0)
        {
            _runs.Add(_spare ?? []);
            _spare = null;
        }

        run = Math.Max(run, 0);
        var entries = _runs[run];
        if (run == 0 && index <= _taken && _taken > 0)
        {
            entries[--_taken] = held;
            return;
        }

        entries.Insert(index, held);
        if (entries.Count == MaxRun)
        {
            Cut(run);
        }
    }

    private void Cut(int run)
    {
        var entries = _runs[run];
        var from = run == 0 ? (_taken + entries.Count) / 2 : entries.Count / 2;
        var later = _spare ?? [];
        _spare = null;
        later.AddRange(CollectionsMarshal.AsSpan(entries)[from..]);
        entries.RemoveRange(from, entries.Count - from);
        _runs.Insert(run + 1, later);
    }

    private void Keep(List<HeldSegment> run)
    {
        run.Clear();
        _spare = run;
    }

    private void Compare(in HeldSegment held, SequenceNumber start, ReadOnlySpan<byte> again, int length)
    {
        if (held.Octets is null || again.IsEmpty)
        {
            return;
        }

        var offset = start.OctetsSince(held.Origin.First);
        var first = held.Octets.AsSpan(offset, length);
        Conflicts += first.SequenceEqual(again[..length]) ? 0 : 1;
    }
}
