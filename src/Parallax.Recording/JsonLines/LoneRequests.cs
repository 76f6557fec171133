namespace Parallax.Recording.JsonLines;

/// <summary>Lines of requests whose exchanges were not over, until the lines of these come.</summary>
/// <remarks>Thread safety: none.</remarks>
internal sealed class LoneRequests
{
    private const int MaxLines = 4096;
    private const int MaxGiven = 1 << 20;
    private const long MaxBytesOfAnyHeap = 64 << 20;

    private readonly long _maxBytes = Math.Min(MaxBytesOfAnyHeap, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 16);
    private readonly Queue<((long, long) Key, long Number)> _order = new();
    private readonly Dictionary<(long, long), byte[]> _waiting = [];
    private readonly HashSet<(long, long)> _given = [];
    private long _bytes;

    /// <summary>Takes a line.</summary>
    /// <param name="key">The exchange.</param>
    /// <param name="line">Copied.</param>
    /// <param name="number">The number of the line.</param>
    public void Add((long Id, long Begin) key, ReadOnlySpan<byte> line, long number)
    {
        if (!_given.Contains(key) && _waiting.TryAdd(key, line.ToArray()))
        {
            _order.Enqueue((key, number));
            _bytes += line.Length;
        }
    }

    /// <summary>Says that the line of an exchange is there; its request waits no longer.</summary>
    /// <returns>True when its request was given already.</returns>
    public bool WasGiven((long Id, long Begin) key)
    {
        if (_waiting.Remove(key, out var line))
        {
            _bytes -= line.Length;
        }

        return _given.Count > 0 && _given.Contains(key);
    }

    /// <summary>Takes the first line that has waited long enough.</summary>
    /// <param name="number">The number of the line reached.</param>
    /// <param name="isAtEnd">True when no more lines come.</param>
    /// <param name="line">The line.</param>
    public bool TryTake(long number, bool isAtEnd, out byte[] line)
    {
        line = [];
        while (_order.TryPeek(out var first)
            && (isAtEnd || number - first.Number > MaxLines || _bytes > _maxBytes || !_waiting.ContainsKey(first.Key)))
        {
            _order.Dequeue();
            if (_waiting.Remove(first.Key, out line!))
            {
                _bytes -= line.Length;
                if (_given.Count < MaxGiven)
                {
                    _given.Add(first.Key);
                }

                return true;
            }
        }

        return false;
    }
}
