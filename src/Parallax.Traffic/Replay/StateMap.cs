namespace Parallax.Traffic.Replay;

/// <summary>What a session's target issued instead of what was recorded.</summary>
/// <remarks>Thread safety: belongs to the loop's thread.</remarks>
internal sealed class StateMap
{
    // The value issued longest ago makes room.
    private const int MaxValues = 512;

    private readonly Dictionary<string, LinkedListNode<Replacement>> _values = [];
    private readonly LinkedList<Replacement> _oldestFirst = [];

    /// <summary>One value and what stands for it.</summary>
    public readonly record struct Replacement(string Recorded, string Issued);

    public int Count => _values.Count;

    public IEnumerable<Replacement> All => _oldestFirst;

    /// <summary>From now on <paramref name="issued"/> stands for <paramref name="recorded"/>, also when it is the same again.</summary>
    public void Set(string recorded, string issued)
    {
        if (_values.Remove(recorded, out var known))
        {
            _oldestFirst.Remove(known);
        }

        if (recorded == issued)
        {
            return;
        }

        if (_values.Count == MaxValues)
        {
            _values.Remove(_oldestFirst.First!.Value.Recorded);
            _oldestFirst.RemoveFirst();
        }

        _values.Add(recorded, _oldestFirst.AddLast(new Replacement(recorded, issued)));
    }
}
