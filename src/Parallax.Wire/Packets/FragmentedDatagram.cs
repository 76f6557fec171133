using System.Buffers;

namespace Parallax.Wire.Packets;

/// <summary>What is known so far of one fragmented datagram; belongs to a <see cref="FragmentTable"/>, which reuses it.</summary>
internal sealed class FragmentedDatagram
{
    /// <summary>The most octets that offsets of 13 bits and lengths of 16 bits may describe.</summary>
    public const int MaxLength = 65_535;

    /// <summary>Offsets count units of eight octets, so one bit a unit says all (RFC 791 §3.2).</summary>
    private const int Unit = 8;
    private const int UnitsPerWord = 64;
    private const int NotKnown = -1;

    private readonly ulong[] _units = new ulong[(MaxLength / Unit / UnitsPerWord) + 1];
    private byte[] _buffer = [];
    private byte _protocol;
    private int _totalLength;
    private int _highestEnd;
    private int _unitsPresent;

    /// <summary>What the table finds it by.</summary>
    public FragmentKey Key { get; private set; }

    /// <summary>When its first fragment was seen.</summary>
    public Timestamp Started { get; private set; }

    /// <summary>The next one of the list it is in: in the table the next younger one.</summary>
    public FragmentedDatagram? Next { get; set; }

    /// <summary>The next older one in the table.</summary>
    public FragmentedDatagram? Previous { get; set; }

    /// <summary>Size of the buffer it holds.</summary>
    public int BufferBytes => _buffer.Length;

    /// <summary>True when every octet is there.</summary>
    public bool IsComplete => _totalLength != NotKnown && _unitsPresent == UnitsUpTo(_totalLength);

    /// <summary>The whole datagram, once complete; valid until <see cref="Release"/>.</summary>
    public Fragment Whole => new(_buffer.AsSpan(0, _totalLength), 0, more: false, _protocol);

    /// <summary>Starts afresh.</summary>
    public void Reset(in FragmentKey key, Timestamp started)
    {
        Key = key;
        Started = started;
        _units.AsSpan(0, Math.Min((UnitsUpTo(_highestEnd) / UnitsPerWord) + 1, _units.Length)).Clear();
        _protocol = 0;
        _totalLength = NotKnown;
        _highestEnd = 0;
        _unitsPresent = 0;
    }

    /// <summary>Gives the buffer back to the pool.</summary>
    public void Release()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    /// <summary>Makes room for octets up to <paramref name="end"/>.</summary>
    public void Grow(int end)
    {
        if (end <= _buffer.Length)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(end);
        _buffer.AsSpan(0, Math.Min(_highestEnd, _buffer.Length)).CopyTo(larger);
        Release();
        _buffer = larger;
    }

    /// <summary>False when <paramref name="fragment"/> and those before it disagree about where the datagram ends.</summary>
    public bool Accepts(Fragment fragment)
    {
        if (fragment.More)
        {
            return _totalLength == NotKnown || fragment.End <= _totalLength;
        }

        return fragment.End >= _highestEnd && (_totalLength == NotKnown || _totalLength == fragment.End);
    }

    /// <summary>Takes in what is new of <paramref name="fragment"/>, which must be accepted and have its room; the first copy of an
    /// octet wins.</summary>
    /// <returns>False when it repeats octets with other values.</returns>
    public bool Add(Fragment fragment)
    {
        if (fragment.Offset == 0 && !HasUnit(0))
        {
            _protocol = fragment.Protocol;
        }

        if (!fragment.More)
        {
            _totalLength = fragment.End;
        }

        // In order, as fragments mostly come, nothing can be there yet.
        var agrees = true;
        if (fragment.Offset >= _highestEnd)
        {
            fragment.Octets.CopyTo(_buffer.AsSpan(fragment.Offset));
            TakeUnits(fragment.Offset / Unit, UnitsUpTo(fragment.End));
        }
        else
        {
            agrees = AddWhatIsNew(fragment);
        }

        _highestEnd = Math.Max(_highestEnd, fragment.End);
        return agrees;
    }

    private bool AddWhatIsNew(Fragment fragment)
    {
        var agrees = true;
        for (var at = 0; at < fragment.Octets.Length; at += Unit)
        {
            var octets = fragment.Octets[at..Math.Min(at + Unit, fragment.Octets.Length)];
            var room = _buffer.AsSpan(fragment.Offset + at, octets.Length);
            var unit = (fragment.Offset + at) / Unit;
            if (HasUnit(unit))
            {
                agrees &= octets.SequenceEqual(room);
                continue;
            }

            octets.CopyTo(room);
            TakeUnits(unit, unit + 1);
        }

        return agrees;
    }

    private static int UnitsUpTo(int end) => (end + Unit - 1) / Unit;

    private bool HasUnit(int unit) => (_units[unit / UnitsPerWord] & (1UL << (unit % UnitsPerWord))) != 0;

    private void TakeUnits(int first, int end)
    {
        for (var unit = first; unit < end; unit++)
        {
            _units[unit / UnitsPerWord] |= 1UL << (unit % UnitsPerWord);
        }

        _unitsPresent += end - first;
    }
}
