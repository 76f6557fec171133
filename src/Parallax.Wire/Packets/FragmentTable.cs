using System.Numerics;

namespace Parallax.Wire.Packets;

/// <summary>Puts IP datagrams together from fragments that come in any order, more than once, overlapping, or not at all.</summary>
/// <remarks>
/// Bounded in datagrams, bytes and time; the oldest datagram goes first. Time is that of the packets.
/// Ownership: a reassembled datagram is lent until <see cref="TakeBackLent"/>; several may be out at a time, because a datagram may
/// hold a fragment of another. Thread safety: none; it belongs to one decoder.
/// </remarks>
internal sealed class FragmentTable(PacketDecoderOptions options, DecodeCounters counters)
{
    private readonly Dictionary<FragmentKey, FragmentedDatagram> _datagrams = [];
    private readonly long _timeoutNanoseconds = options.FragmentTimeout.Ticks * 100;

    // Every datagram is in exactly one of three lists: waiting (oldest to youngest), lent, or spare. _bytes is that of the first two.
    private FragmentedDatagram? _oldest;
    private FragmentedDatagram? _youngest;
    private FragmentedDatagram? _lent;
    private FragmentedDatagram? _spare;
    private int _bytes;

    /// <summary>Datagrams that wait for fragments.</summary>
    public int Waiting => _datagrams.Count;

    /// <summary>Memory held for the octets of waiting and lent datagrams.</summary>
    public int Bytes => _bytes;

    /// <summary>Takes in <paramref name="fragment"/>.</summary>
    /// <returns><see cref="DecodeStatus.Ok"/> with the whole <paramref name="datagram"/>, <see cref="DecodeStatus.FragmentHeld"/>,
    /// <see cref="DecodeStatus.FragmentConflict"/> or <see cref="DecodeStatus.MalformedIp"/>.</returns>
    public DecodeStatus TryAdd(scoped in FragmentKey key, Fragment fragment, Timestamp time, out Fragment datagram)
    {
        datagram = default;
        if (fragment.Octets.IsEmpty || fragment.End > FragmentedDatagram.MaxLength || (fragment.More && fragment.Octets.Length % 8 != 0))
        {
            return DecodeStatus.MalformedIp; // RFC 791 §3.2, RFC 8200 §4.5; reaching beyond the end is the "ping of death"
        }

        DropTimedOut(time);
        if (!_datagrams.TryGetValue(key, out var waiting))
        {
            waiting = Start(key, time);
        }

        if (!waiting.Accepts(fragment))
        {
            return DecodeStatus.FragmentConflict;
        }

        MakeRoom(waiting, fragment.End);
        if (!waiting.Add(fragment))
        {
            counters.FragmentOverlapConflicts++;
        }

        if (!waiting.IsComplete)
        {
            return DecodeStatus.FragmentHeld;
        }

        counters.DatagramsReassembled++;
        Remove(waiting);
        waiting.Next = _lent;
        _lent = waiting;
        datagram = waiting.Whole;
        return DecodeStatus.Ok;
    }

    /// <summary>Ends the loan of every datagram that <see cref="TryAdd"/> gave out.</summary>
    public void TakeBackLent()
    {
        while (_lent is { } datagram)
        {
            _lent = datagram.Next;
            Discard(datagram);
        }
    }

    private FragmentedDatagram Start(in FragmentKey key, Timestamp time)
    {
        while (_datagrams.Count >= options.MaxFragmentedDatagrams && _oldest is { } oldest)
        {
            Evict(oldest);
        }

        var datagram = _spare ?? new FragmentedDatagram();
        _spare = datagram == _spare ? datagram.Next : _spare;
        datagram.Reset(key, time);
        datagram.Previous = _youngest;
        datagram.Next = null;
        if (_youngest is null)
        {
            _oldest = datagram;
        }
        else
        {
            _youngest.Next = datagram;
        }

        _youngest = datagram;
        _datagrams.Add(key, datagram);
        return datagram;
    }

    private void MakeRoom(FragmentedDatagram datagram, int end)
    {
        if (end <= datagram.BufferBytes)
        {
            return;
        }

        // The pool's buffers are powers of two, of 16 bytes at least; so each is twice the one before it and copies stay few.
        var wanted = (int)Math.Max(BitOperations.RoundUpToPowerOf2((uint)end), 16);
        while (_bytes + wanted > options.MaxFragmentBytes && _oldest is { } oldest)
        {
            if (oldest != datagram)
            {
                Evict(oldest);
            }
            else if (oldest.Next is { } younger)
            {
                Evict(younger);
            }
            else
            {
                break; // alone, and the least bound leaves room for one
            }
        }

        _bytes -= datagram.BufferBytes;
        datagram.Grow(wanted);
        _bytes += datagram.BufferBytes;
    }

    private void DropTimedOut(Timestamp now)
    {
        while (_oldest is { } oldest && now.Since(oldest.Started) > _timeoutNanoseconds)
        {
            counters.DatagramsTimedOut++;
            Remove(oldest);
            Discard(oldest);
        }
    }

    private void Evict(FragmentedDatagram datagram)
    {
        counters.DatagramsEvicted++;
        Remove(datagram);
        Discard(datagram);
    }

    private void Remove(FragmentedDatagram datagram)
    {
        _datagrams.Remove(datagram.Key);
        if (datagram.Previous is { } older)
        {
            older.Next = datagram.Next;
        }
        else
        {
            _oldest = datagram.Next;
        }

        if (datagram.Next is { } younger)
        {
            younger.Previous = datagram.Previous;
        }
        else
        {
            _youngest = datagram.Previous;
        }
    }

    private void Discard(FragmentedDatagram datagram)
    {
        _bytes -= datagram.BufferBytes;
        datagram.Release();
        datagram.Next = _spare;
        _spare = datagram;
    }
}
