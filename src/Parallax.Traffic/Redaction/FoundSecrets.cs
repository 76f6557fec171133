using System.Buffers;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Redaction;

/// <summary>How a mark is written so that what it stands in keeps its format.</summary>
[Flags]
internal enum MarkStyle : byte
{
    /// <summary>As it is.</summary>
    Plain = 0,

    /// <summary>With its brackets percent-encoded: in URLs and forms.</summary>
    Url = 1,

    /// <summary>In double quotes: in place of a number of JSON.</summary>
    Quoted = 2,
}

/// <summary>The places of the secrets in one run of octets.</summary>
/// <remarks>They may be added in any order and may overlap. Thread safety: none.</remarks>
internal sealed class FoundSecrets
{
    private readonly List<Place> _places = [];

    /// <summary>How many there are.</summary>
    public int Count => _places.Count;

    /// <summary>The kind of the one found first.</summary>
    public SecretKind FirstKind => _places[0].Kind;

    /// <summary>How many of them could not be looked into.</summary>
    public int Withheld => _places.Count(place => place.Kind == SecretKind.Withheld);

    /// <summary>Forgets all of them.</summary>
    public void Clear() => _places.Clear();

    /// <summary>Forgets all but the first <paramref name="count"/>: what a failed attempt has found.</summary>
    public void ForgetFrom(int count) => _places.RemoveRange(count, _places.Count - count);

    /// <summary>Adds one.</summary>
    /// <param name="start">Its first octet.</param>
    /// <param name="length">How many octets.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="style">How its mark is written.</param>
    public void Add(int start, int length, SecretKind kind, MarkStyle style)
    {
        if (length > 0)
        {
            _places.Add(new(start, length, kind, style));
        }
    }

    /// <summary>Puts other octets in the place of some that are not secret.</summary>
    /// <param name="place">Which ones.</param>
    /// <param name="octets">What stands there instead.</param>
    public void Replace(OctetRange place, byte[] octets) => _places.Add(new(place.Start, place.Length, default, default, octets));

    /// <summary>Copies the octets with a mark in place of each secret; of those that overlap only one mark is left.</summary>
    /// <param name="octets">The octets in which they were found.</param>
    /// <param name="marks">Makes the marks.</param>
    /// <param name="to">Where to.</param>
    public void Write(ReadOnlySpan<byte> octets, SecretMarks marks, ArrayBufferWriter<byte> to)
    {
        _places.Sort();
        var copied = 0;
        for (var at = 0; at < _places.Count;)
        {
            var place = _places[at++];
            for (; at < _places.Count && _places[at].Start < place.End; at++)
            {
                place = place with { Length = Math.Max(place.End, _places[at].End) - place.Start };
            }

            to.Write(octets[copied..place.Start]);
            Append(octets.Slice(place.Start, place.Length), place, marks, to);
            copied = place.End;
        }

        to.Write(octets[copied..]);
    }

    private static void Append(ReadOnlySpan<byte> secret, in Place place, SecretMarks marks, ArrayBufferWriter<byte> to)
    {
        if (place.Replacement is { } replacement)
        {
            to.Write(replacement);
            return;
        }

        var quote = place.Style.HasFlag(MarkStyle.Quoted) ? "\""u8 : default;
        to.Write(quote);
        marks.Append(to, place.Kind, secret, place.Style.HasFlag(MarkStyle.Url));
        to.Write(quote);
    }

    private readonly record struct Place(int Start, int Length, SecretKind Kind, MarkStyle Style, byte[]? Replacement = null)
        : IComparable<Place>
    {
        public int End => Start + Length;

        // The longer of two that begin together comes first, and gives its kind.
        public int CompareTo(Place other) => Start != other.Start ? Start.CompareTo(other.Start) : other.Length.CompareTo(Length);
    }
}
