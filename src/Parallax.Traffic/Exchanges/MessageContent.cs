using Parallax.Wire.Http1;

namespace Parallax.Traffic.Exchanges;

/// <summary>The content of a message: its body without chunk framing and trailers, content coding kept, in the pieces it lies in. Made for
/// <c>foreach</c>, without allocation and without a copy. No piece is empty.</summary>
/// <remarks>As much of it as is stored: what was cut off or never seen is left out, and after framing that is wrong there is nothing more.
/// Valid while a reference to the message is held. Thread safety: a value over an unchanging message.</remarks>
public readonly struct MessageContent
{
    // Read loosely, because its receiver has accepted it; our own client accepts lone line feeds after chunks as well.
    private static readonly Http1Policy Policy = Http1Policy.Passive with { OldChunks = true };

    private readonly BlockSequence _body;
    private readonly bool _isChunked;

    /// <param name="body">All that is stored after the head.</param>
    /// <param name="isChunked">True when that is chunk framing with the content in it.</param>
    internal MessageContent(BlockSequence body, bool isChunked) => (_body, _isChunked) = (body, isChunked);

    /// <summary>Starts before the first piece.</summary>
    public Enumerator GetEnumerator() => new(_body, _isChunked);

    /// <summary>How many octets they are together; walks over the framing of a chunked body.</summary>
    public long CountOctets()
    {
        if (!_isChunked)
        {
            return _body.Length;
        }

        var octets = 0L;
        foreach (var piece in this)
        {
            octets += piece.Length;
        }

        return octets;
    }

    /// <summary>What stands after the last chunk: the trailer fields and the empty line. Empty when there is no such field, or their end is
    /// not stored.</summary>
    internal BlockSequence FindTrailers()
    {
        if (!_isChunked)
        {
            return default;
        }

        var walk = GetEnumerator();
        while (walk.MoveNext())
        {
        }

        return walk.TrailerOctets > 0 ? _body.Slice(walk.RawOctets - walk.TrailerOctets, walk.TrailerOctets) : default;
    }

    /// <summary>Walks the pieces.</summary>
    public struct Enumerator
    {
        private readonly bool _isChunked;
        private BlockSequence.Enumerator _blocks;
        private BodyReader _chunks;
        private ReadOnlyMemory<byte> _rest;

        internal Enumerator(BlockSequence body, bool isChunked)
        {
            _isChunked = isChunked;
            _blocks = body.GetEnumerator();
            _chunks = new BodyReader(BodyFraming.Chunked, 0);
        }

        /// <summary>The piece reached.</summary>
        public ReadOnlyMemory<byte> Current { get; private set; }

        /// <summary>Octets of the body up to here, with their framing.</summary>
        internal readonly long RawOctets => _chunks.RawOctets;

        /// <summary>Octets of trailer fields, with the empty line; 0 before their end.</summary>
        internal readonly int TrailerOctets => _chunks is { IsComplete: true, HasTrailers: true } ? _chunks.TrailerOctets : 0;

        /// <summary>Goes on; false after the last piece.</summary>
        public bool MoveNext()
        {
            if (!_isChunked)
            {
                var isThere = _blocks.MoveNext();
                Current = _blocks.Current;
                return isThere;
            }

            while (TryFindRest())
            {
                var status = _chunks.Read(_rest.Span, Policy, out var consumed, out var content, out _);
                Current = _rest.Slice(content.Start, content.Length);
                _rest = _rest[consumed..];
                if (status != BodyStatus.NeedMore)
                {
                    (_rest, _blocks) = (default, default);
                }

                if (!Current.IsEmpty)
                {
                    return true;
                }
            }

            return false;
        }

        private bool TryFindRest()
        {
            if (_rest.IsEmpty && _blocks.MoveNext())
            {
                _rest = _blocks.Current;
            }

            return !_rest.IsEmpty;
        }
    }
}
