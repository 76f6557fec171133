using System.Buffers;

namespace Parallax.Wire.Flows;

/// <summary>Octets that arrived before the ones in front of them, or the knowledge that the capture cut them off.</summary>
/// <param name="Origin">Where they came from; <see cref="SegmentOrigin.First"/> is their place.</param>
/// <param name="Octets">Rented from the shared pool, owned by the list; null when the octets were cut off by the snap length.</param>
/// <param name="Length">How many.</param>
internal readonly record struct HeldSegment(SegmentOrigin Origin, byte[]? Octets, int Length)
{
    /// <summary>What an entry costs besides its octets; keeps one-octet segments from hiding behind a byte bound.</summary>
    private const int OverheadBytes = 64;

    public SequenceNumber End => Origin.First.Advance(Length);

    /// <summary>What it counts against the bounds: the array as the pool sized it, and the entry.</summary>
    public int Bytes => (Octets?.Length ?? 0) + OverheadBytes;
}

/// <summary>The out-of-order octets of one half, sorted, without overlap: of octets seen twice the first copy is kept.</summary>
/// <remarks>
/// Invariant: entry i ends at or before the start of entry i + 1. "Before" is meant within 2³¹ of the half's next number.
/// Thread safety: none; belongs to one flow.
/// </remarks>
internal sealed class HeldSegments
{
    /// <summary>More entries than this are never useful: 4,096 segments of 1,460 octets are a 6 MB window.</summary>
    public const int MaxCount = 4096;

    /// <summary>A list that was longer than this does not keep its room: flows are used again, and so would be what a flood grew.</summary>
    private const int KeptCapacity = 64;

    private List<HeldSegment> _segments = [];

    /// <summary>How many entries at the front are taken already; they are removed together, so that taking all is linear.</summary>
    private int _taken;

    public int Count => _segments.Count - _taken;

    public int Bytes { get; private set; }

    /// <summary>Segments whose octets were held already with other values.</summary>
    public long Conflicts { get; private set; }

    public HeldSegment First => _segments[_taken];

    /// <summary>Keeps what of [origin, origin + length) is not held yet. <paramref name="octets"/> is copied; empty for octets that
    /// the capture cut off.</summary>
    public void Add(SegmentOrigin origin, ReadOnlySpan<byte> octets, int length)
    {
        var index = _segments.Count;
        while (index > _taken && _segments[index - 1].Origin.First.OctetsSince(origin.First) > 0)
        {
            index--;
        }

        if (index > _taken)
        {
            var covered = Math.Min(_segments[index - 1].End.OctetsSince(origin.First), length);
            if (covered > 0)
            {
                Compare(_segments[index - 1], origin.First, octets, covered);
                Skip(ref origin, ref octets, ref length, covered);
            }
        }

        while (length > 0)
        {
            var room = index < _segments.Count ? _segments[index].Origin.First.OctetsSince(origin.First) : length;
            var take = Math.Min(room, length);
            if (take > 0)
            {
                Insert(index++, origin, octets.IsEmpty ? octets : octets[..take], take);
                Skip(ref origin, ref octets, ref length, take);
            }

            if (length > 0)
            {
                var covered = Math.Min(_segments[index].Length, length);
                Compare(_segments[index], origin.First, octets, covered);
                Skip(ref origin, ref octets, ref length, covered);
                index++;
            }
        }
    }

    /// <summary>Counts the octets of <paramref name="again"/> that differ from the first copy held, if any of it is held.</summary>
    public void CompareFirst(SequenceNumber start, ReadOnlySpan<byte> again) =>
        Compare(First, start, again, Math.Min(First.Length, again.Length));

    /// <summary>Takes the first entry out; its octets go back to the pool by <see cref="Release"/>.</summary>
    public HeldSegment TakeFirst()
    {
        var first = _segments[_taken];
        _segments[_taken++] = default;
        Bytes -= first.Bytes;
        if (_taken == _segments.Count)
        {
            Empty();
        }
        else if (_taken > _segments.Count / 2)
        {
            _segments.RemoveRange(0, _taken);
            _taken = 0;
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
        for (var i = _taken; i < _segments.Count; i++)
        {
            Release(_segments[i]);
        }

        Empty();
        Bytes = 0;
        Conflicts = 0;
    }

    private static void Skip(ref SegmentOrigin origin, ref ReadOnlySpan<byte> octets, ref int length, int count)
    {
        origin = origin.Skip(count);
        octets = octets.IsEmpty ? octets : octets[count..];
        length -= count;
    }

    private void Empty()
    {
        _taken = 0;
        if (_segments.Capacity > KeptCapacity)
        {
            _segments = [];
        }
        else
        {
            _segments.Clear();
        }
    }

    private void Insert(int index, SegmentOrigin origin, ReadOnlySpan<byte> octets, int length)
    {
        byte[]? copy = null;
        if (!octets.IsEmpty)
        {
            copy = ArrayPool<byte>.Shared.Rent(length);
            octets.CopyTo(copy);
        }

        var held = new HeldSegment(origin, copy, length);
        _segments.Insert(index, held);
        Bytes += held.Bytes;
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
