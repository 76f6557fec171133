namespace Parallax.Traffic.Exchanges;

/// <summary>The blocks of a message, in order: made for <c>foreach</c>, without allocation.</summary>
/// <remarks>Valid while a reference to the message is held. Thread safety: a value over an unchanging message.</remarks>
public readonly struct BlockSequence
{
    private readonly Message _message;

    internal BlockSequence(Message message) => _message = message;

    /// <summary>Starts before the first block.</summary>
    public Enumerator GetEnumerator() => new(_message);

    /// <summary>Walks the blocks.</summary>
    public struct Enumerator
    {
        private readonly Message _message;
        private int _index;

        internal Enumerator(Message message)
        {
            _message = message;
            _index = -1;
        }

        /// <summary>The block reached.</summary>
        public readonly ReadOnlyMemory<byte> Current => _message.Block(_index);

        /// <summary>Goes on; false after the last block.</summary>
        public bool MoveNext() => ++_index < _message.BlockCount;
    }
}
