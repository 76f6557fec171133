using System.Runtime.InteropServices;
using System.Text;

namespace Parallax.Traffic.Replay;

/// <summary>What a target issued instead of what was recorded: to one session, or to all connections of a client.</summary>
/// <remarks>Values are found by their first octets, so that looking through a request costs the same however many there are. Thread
/// safety: belongs to the loop's thread.</remarks>
/// <param name="maxValues">The value issued longest ago makes room.</param>
/// <param name="maxBytes">The same for the memory of the values, about.</param>
/// <param name="ofClient">Told of everything, too, and asked for what this one does not know; null for none.</param>
internal sealed class StateMap(int maxValues, int maxBytes, StateMap? ofClient = null)
{
    private const int MostKeyOctets = 4;

    private readonly Dictionary<string, LinkedListNode<Replacement>> _values = [];
    private readonly LinkedList<Replacement> _oldestFirst = [];
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
        for (var length = Math.Min(MostKeyOctets, octets.Length); length > 0 && _byBeginning.Count > 0; length--)
        {
            if (_byBeginning.TryGetValue(KeyOf(octets, length), out var spellings))
            {
                foreach (var spelling in spellings)
                {
                    if (octets.StartsWith(spelling.Recorded))
                    {
                        found.Add(spelling);
                    }
                }
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

    private static IEnumerable<Spelling> Spellings(string recorded, string issued, int? rule) =>
        ValueSpellings.Of(recorded, issued)
            .Select(pair => new Spelling(recorded, Encoding.UTF8.GetBytes(pair.Recorded), Encoding.UTF8.GetBytes(pair.Issued), rule));

    // The first octets of a value; a shorter one has a key that no longer one has.
    private static uint KeyOf(ReadOnlySpan<byte> octets, int length) => length >= MostKeyOctets
        ? MemoryMarshal.Read<uint>(octets)
        : (uint)(octets[0] | (length > 1 ? octets[1] << 8 : 0) | (length > 2 ? octets[2] << 16 : 0));

    private static uint KeyOf(byte[] recorded) => KeyOf(recorded, Math.Min(MostKeyOctets, recorded.Length));

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

            spellings.Add(spelling);
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
            _byBeginning[key].Remove(spelling);
            if (_byBeginning[key].Count == 0)
            {
                _byBeginning.Remove(key);
            }
        }
    }
}
