namespace Parallax.Traffic.Exchanges;

/// <summary>Octets of a message in the pieces they lie in: made for <c>foreach</c>, without allocation. No piece is empty.</summary>
/// <remarks>Valid while a reference to the message is held. Thread safety: a value over an unchanging message.</remarks>
public readonly struct BlockSequence
{
    private readonly OctetBlock[] _blocks;
    private readonly long _start;

    /// <param name="blocks">The blocks; those after the last octet are not looked at.</param>
    /// <param name="start">The first octet, counted from the beginning of the first block.</param>
    /// <param name="length">How many octets.</param>
    internal BlockSequence(OctetBlock[] blocks, long start, long length) => (_blocks, _start, Length) = (blocks, start, length);

    /// <summary>How many octets they are together.</summary>
    public long Length { get; }

    /// <summary>Starts before the first piece.</summary>
    public Enumerator GetEnumerator() => new(_blocks, _start, Length);

    /// <summary>Part of these octets.</summary>
    internal BlockSequence Slice(long start, long length) => new(_blocks, _start + start, length);

    /// <summary>Walks the pieces.</summary>
    public struct Enumerator
    {
        private readonly OctetBlock[] _blocks;
        private long _skip;
        private long _left;
        private int _next;

        internal Enumerator(OctetBlock[] blocks, long skip, long left) => (_blocks, _skip, _left) = (blocks, skip, left);

        /// <summary>The piece reached.</summary>
        public ReadOnlyMemory<byte> Current { get; private set; }

        /// <summary>Goes on; false after the last piece.</summary>
        public bool MoveNext()
        {
            while (_left > 0)
            {
                var octets = _blocks[_next++].Octets;
                if (octets.Length <= _skip)
                {
                    _skip -= octets.Length;
                    continue;
                }

                octets = octets[(int)_skip..];
                _skip = 0;
                Current = octets.Length <= _left ? octets : octets[..(int)_left];
                _left -= Current.Length;
                return true;
            }

            return false;
        }
    }
}

/// <summary>A block of a message: the octets in it, and the array they lie in when it is the message's own.</summary>
/// <remarks>Thread safety: as the chain it belongs to.</remarks>
internal struct OctetBlock
{
    /// <summary>The octets.</summary>
    public ReadOnlyMemory<byte> Octets;

    /// <summary>Rented from the message's pool, and returned to it; null when the octets are somebody else's.</summary>
    public byte[]? Rented;

    /// <summary>How many octets can be added.</summary>
    public readonly int Free => Rented is null ? 0 : Rented.Length - Octets.Length;
}
