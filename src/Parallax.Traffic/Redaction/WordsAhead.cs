using System.Buffers;

namespace Parallax.Traffic.Redaction;

/// <summary>Where the next end of a word and the next digit of a text stand, remembered: however often they are asked for on the way
/// through a text, each octet is looked at about once.</summary>
/// <remarks>Places are asked for in ascending order; otherwise it is right, too, but slower. Thread safety: none.</remarks>
/// <param name="wordEnds">The octets that end a word.</param>
internal struct WordsAhead(SearchValues<byte> wordEnds)
{
    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);

    private Place _wordEnd = new();
    private Place _digit = new();
    private int _trimmed;

    /// <summary>Where the word ends that begins at a place, without the signs of a sentence or list at its end.</summary>
    public int EndOfWord(ReadOnlySpan<byte> text, int at)
    {
        if (_wordEnd.Next(text, at, wordEnds))
        {
            _trimmed = at + text[at.._wordEnd.Known].TrimEnd(",.)]}\\"u8).Length;
        }

        return Math.Max(at, _trimmed);
    }

    /// <summary>Where the next digit stands; the end of the text when there is none.</summary>
    public int NextDigit(ReadOnlySpan<byte> text, int at)
    {
        _digit.Next(text, at, Digits);
        return _digit.Known;
    }

    private struct Place()
    {
        private int _from = int.MaxValue;

        public int Known { get; private set; }

        // True when it had to be looked for.
        public bool Next(ReadOnlySpan<byte> text, int at, SearchValues<byte> sought)
        {
            if (at >= _from && at <= Known)
            {
                return false;
            }

            _from = at;
            Known = text[at..].IndexOfAny(sought) is >= 0 and var next ? at + next : text.Length;
            return true;
        }
    }
}
