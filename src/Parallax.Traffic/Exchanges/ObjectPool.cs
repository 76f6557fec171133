namespace Parallax.Traffic.Exchanges;

/// <summary>Objects that wait for their next use. Each thread has a few at hand without a lock; what it has too many or too few of goes
/// through a stack that all threads share, many at a time: one thread takes objects, another gives them back.</summary>
/// <remarks>Thread safety: any thread.</remarks>
/// <typeparam name="T">What is pooled. A program has one pool of a type: what a thread has at hand of another is forgotten.</typeparam>
internal sealed class ObjectPool<T>
    where T : class
{
    private const int OnThread = 64;

    // Enough for what is in flight at once, few enough to forget about.
    private const int MaxShared = 4096;

    [ThreadStatic]
    private static ThreadCache? _cache;

    private readonly Lock _lock = new();
    private readonly Stack<T> _shared_NeedsLock = new();

    /// <summary>Takes an object; null when there is none.</summary>
    public T? Take()
    {
        var cache = CacheOfThread();
        if (cache.Count == 0)
        {
            Fill(cache);
        }

        return cache.Count == 0 ? null : cache.Objects[--cache.Count];
    }

    /// <summary>Keeps a cleared object, or forgets it when there are enough.</summary>
    public void Keep(T cleared)
    {
        var cache = CacheOfThread();
        if (cache.Count == OnThread)
        {
            Empty(cache);
        }

        cache.Objects[cache.Count++] = cleared;
    }

    private ThreadCache CacheOfThread() => _cache is { } cache && cache.Owner == this ? cache : _cache = new(this);

    private void Fill(ThreadCache cache)
    {
        lock (_lock)
        {
            while (cache.Count < OnThread / 2 && _shared_NeedsLock.TryPop(out var used))
            {
                cache.Objects[cache.Count++] = used;
            }
        }
    }

    private void Empty(ThreadCache cache)
    {
        lock (_lock)
        {
            while (cache.Count > OnThread / 2)
            {
                var used = cache.Objects[--cache.Count];
                if (_shared_NeedsLock.Count < MaxShared)
                {
                    _shared_NeedsLock.Push(used);
                }
            }
        }
    }

    /// <summary>What one thread has at hand.</summary>
    private sealed class ThreadCache(ObjectPool<T> owner)
    {
        public ObjectPool<T> Owner => owner;

        public T[] Objects { get; } = new T[OnThread];

        public int Count { get; set; }
    }
}
