using System.Runtime.InteropServices;
using System.Text;

namespace Parallax.Shadows.Replay;

/// <summary>What a target issued instead of what was recorded: to one session, or to all connections of a client.</summary>
/// <remarks>Values are found by their first octets, and those that begin alike by halving, so that looking through a request costs
/// about the same however many there are. Thread safety: belongs to the loop's thread.</remarks>
/// <param name="maxValues">The value issued longest ago makes room.</param>
/// <param name="maxBytes">The same for the memory of the values, about.</param>
/// <param name="ofClient">Told of everything, too, and asked for what this one does not know; null for none.</param>
internal sealed class StateMap(int maxValues, int maxBytes, StateMap? ofClient = null)
{
    private const int MaxKeyOctets = 4;

    private readonly Dictionary<string, LinkedListNode<Replacement>> _values = [];
    private readonly LinkedList<Replacement> _oldestFirst = [];

    // Sorted by their octets.
    private readonly Dictionary<uint, List<Spelling>> _byBeginning = [];

    private int _bytes;

    /// <summary>One value and what stands for it, as it is written in a request.</summary>
    public sealed record Spelling(string Value, byte[] Recorded, byte[] Issued, int? Rule);

    private readonly record struct Replacement(string Recorded, string Issued, Spelling[] Spellings)
    {
        // Each is there as text and as octets, in each of its spellings.
        public int Bytes => (Recorded.Length + Issued.Length) * 2 * (1 + Spellings.Length);
    }

    /// <summary>True when nothing is to be replaced.</summary>
    public bool IsEmpty => _values.Count == 0 && ofClient is null or { IsEmpty: true };

    /// <summary>From now on <paramref name="issued"/> stands for <paramref name="recorded"/>, also when it is the same again.</summary>
    /// <param name="recorded">What the primary issued.</param>
    /// <param name="issued">What the target issued.</param>
    /// <param name="rule">The place of the rule that found it; null when none did.</param>
    public void Set(string recorded, string issued, int? rule)
    {
        ofClient?.Set(recorded, issued, rule);
        if (_values.TryGetValue(recorded, out var known))
        {
            if (known.Value.Issued == issued && known.Value.Spellings[0].Rule == rule)
            {
                return;
            }

            Remove(known);
        }

        if (recorded == issued)
        {
            return;
        }

        Add(new(recorded, issued, [.. Spellings(recorded, issued, rule)]));
        while (_values.Count > maxValues || (_bytes > maxBytes && _values.Count > 1))
        {
            Remove(_oldestFirst.First!);
        }
    }

    /// <summary>Finds the values that octets begin with.</summary>
    /// <param name="octets">What stands in a request from some place on.</param>
    /// <param name="found">Gains them; what stands for a value in the session comes before what does for the client.</param>
    public void FindAt(ReadOnlySpan<byte> octets, List<Spelling> found)
    {
        var before = found.Count;
        for (var length = Math.Min(MaxKeyOctets, octets.Length); length > 0 && _byBeginning.Count > 0; length--)
        {
            if (_byBeginning.TryGetValue(KeyOf(octets, length), out var spellings))
            {
                FindIn(spellings, octets, found);
            }
        }

        if (ofClient is not null)
        {
            var own = found.Count;
            ofClient.FindAt(octets, found);
            for (var at = found.Count - 1; at >= own; at--)
            {
                if (_values.ContainsKey(found[at].Value))
                {
                    found.RemoveAt(at);
                }
            }
        }
    }

    // What octets begin with sorts before them; so does everything between the two, and it shares as much with them.
    private static void FindIn(List<Spelling> sorted, ReadOnlySpan<byte> octets, List<Spelling> found)
    {
        for (var before = CountUpTo(sorted, sorted.Count, octets); before > 0;)
        {
            var nearest = sorted[before - 1];
            var shared = octets.CommonPrefixLength(nearest.Recorded);
            if (shared == nearest.Recorded.Length)
            {
                found.Add(nearest);
                before--;
            }
            else
            {
                octets = octets[..shared];
                before = CountUpTo(sorted, before, octets);
            }
        }
    }

    // How many of the first ones sort before octets, or are the same.
    private static int CountUpTo(List<Spelling> sorted, int within, ReadOnlySpan<byte> octets)
    {
        var (low, high) = (0, within);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = octets.SequenceCompareTo(sorted[middle].Recorded) >= 0 ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static IEnumerable<Spelling> Spellings(string recorded, string issued, int? rule) =>
        ValueSpellings.Of(recorded, issued)
            .Select(pair => new Spelling(recorded, Encoding.UTF8.GetBytes(pair.Recorded), Encoding.UTF8.GetBytes(pair.Issued), rule));

    // The first octets of a value; a shorter one has a key that no longer one has.
    private static uint KeyOf(ReadOnlySpan<byte> octets, int length) => length >= MaxKeyOctets
        ? MemoryMarshal.Read<uint>(octets)
        : (uint)(octets[0] | (length > 1 ? octets[1] << 8 : 0) | (length > 2 ? octets[2] << 16 : 0));

    private static uint KeyOf(byte[] recorded) => KeyOf(recorded, Math.Min(MaxKeyOctets, recorded.Length));

    private void Add(in Replacement replacement)
    {
        _bytes += replacement.Bytes;
        _values.Add(replacement.Recorded, _oldestFirst.AddLast(replacement));
        foreach (var spelling in replacement.Spellings)
        {
            var key = KeyOf(spelling.Recorded);
            if (!_byBeginning.TryGetValue(key, out var spellings))
            {
                _byBeginning.Add(key, spellings = new(1));
            }

            spellings.Insert(CountUpTo(spellings, spellings.Count, spelling.Recorded), spelling);
        }
    }

    private void Remove(LinkedListNode<Replacement> known)
    {
        _bytes -= known.Value.Bytes;
        _values.Remove(known.Value.Recorded);
        _oldestFirst.Remove(known);
        foreach (var spelling in known.Value.Spellings)
        {
            var key = KeyOf(spelling.Recorded);
            var spellings = _byBeginning[key];
            var at = CountUpTo(spellings, spellings.Count, spelling.Recorded) - 1;
            while (!ReferenceEquals(spellings[at], spelling))
            {
                at--;
            }

            spellings.RemoveAt(at);
            if (spellings.Count == 0)
            {
                _byBeginning.Remove(key);
            }
        }
    }
}
