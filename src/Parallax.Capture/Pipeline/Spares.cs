namespace Parallax.Capture.Pipeline;

/// <summary>Objects that wait for their next use: enough for what begins and ends all the time, few enough to be forgotten after a
/// flood.</summary>
/// <remarks>Thread safety: none; one per shard.</remarks>
internal sealed class Spares<T>
    where T : class
{
    /// <summary>Most objects kept.</summary>
    public const int Most = 16_384;

    private readonly Stack<T> _waiting = new();

    public int Count => _waiting.Count;

    /// <summary>One used before; null when a new one has to be made.</summary>
    public T? Take() => _waiting.TryPop(out var spare) ? spare : null;

    /// <summary>Keeps one that was reset, or leaves it to the garbage collector.</summary>
    public void Keep(T spare)
    {
        if (_waiting.Count < Most)
        {
            _waiting.Push(spare);
        }
    }
}
