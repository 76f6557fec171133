namespace Parallax.Traffic.Exchanges;

/// <summary>Messages that wait for their next use. Each thread has a few of its own, which cost it no lock; what it has too many or too
/// few of goes through a stack all threads share, many at a time: one thread takes messages, another gives them back.</summary>
/// <remarks>Thread safety: any thread.</remarks>
internal sealed class MessageShelf
{
    private const int OnThread = 64;

    // Enough for what is in flight at once, few enough to forget about.
    private const int MaxShared = 4096;

    [ThreadStatic]
    private static Hand? _hand;

    private readonly Lock _lock = new();
    private readonly Stack<Message> _shared_NeedsLock = new();

    /// <summary>Takes a message; null when there is none.</summary>
    public Message? Take()
    {
        var hand = HandOfThread();
        if (hand.Count == 0)
        {
            Fill(hand);
        }

        return hand.Count == 0 ? null : hand.Messages[--hand.Count];
    }

    /// <summary>Keeps a cleared message, or forgets it when there are enough.</summary>
    public void Keep(Message message)
    {
        var hand = HandOfThread();
        if (hand.Count == OnThread)
        {
            Empty(hand);
        }

        hand.Messages[hand.Count++] = message;
    }

    /// <summary>What the thread holds of another shelf is forgotten: a program has one.</summary>
    private Hand HandOfThread() => _hand is { } hand && hand.Owner == this ? hand : _hand = new(this);

    private void Fill(Hand hand)
    {
        lock (_lock)
        {
            while (hand.Count < OnThread / 2 && _shared_NeedsLock.TryPop(out var message))
            {
                hand.Messages[hand.Count++] = message;
            }
        }
    }

    private void Empty(Hand hand)
    {
        lock (_lock)
        {
            while (hand.Count > OnThread / 2)
            {
                var message = hand.Messages[--hand.Count];
                if (_shared_NeedsLock.Count < MaxShared)
                {
                    _shared_NeedsLock.Push(message);
                }
            }
        }
    }

    /// <summary>What one thread holds.</summary>
    private sealed class Hand(MessageShelf owner)
    {
        public MessageShelf Owner => owner;

        public Message[] Messages { get; } = new Message[OnThread];

        public int Count { get; set; }
    }
}
