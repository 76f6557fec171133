using System.Buffers;
using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Contents;

/// <summary>Takes the codings off the content of messages (RFC 9110 §8.4).</summary>
/// <remarks>Reusable: <see cref="Begin"/> for each message. What it gives is valid until the next call. Thread safety: none.</remarks>
public sealed class ContentDecoder
{
    /// <summary>Content that is longer without its coding is not decoded: a few octets can be coded for very many.</summary>
    public const int MaxDecodedBytes = 16 << 20;

    // What a larger message needed is given back with the next one.
    private const int KeptBytes = 1 << 20;

    private readonly List<ContentCoding> _codings = [];
    private ArrayBufferWriter<byte> _decoded = new();
    private ArrayBufferWriter<byte> _between = new();

    /// <summary>How the content is coded, in the order in which the codings were put on.</summary>
    public IReadOnlyList<ContentCoding> Codings => _codings;

    /// <summary>False when the head names a coding that is not known, or too many.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>What came of the last decoding.</summary>
    public DecodingOutcome Outcome { get; private set; }

    /// <summary>True when the coded content that was decoded last may hold more than what it stands for.</summary>
    public bool MayHoldMore { get; private set; }

    /// <summary>What the last content that was coded stands for.</summary>
    public ReadOnlySpan<byte> Decoded => _decoded.WrittenSpan;

    /// <summary>A writer that is empty: the same one, unless it has grown large.</summary>
    public static ArrayBufferWriter<byte> Emptied(ArrayBufferWriter<byte> used)
    {
        ArgumentNullException.ThrowIfNull(used);
        if (used.Capacity > KeptBytes)
        {
            return new();
        }

        used.ResetWrittenCount();
        return used;
    }

    /// <summary>Reads which codings a message has.</summary>
    /// <param name="head">Its head.</param>
    /// <param name="octets">The octets it was read from.</param>
    public void Begin(MessageHead head, ReadOnlySpan<byte> octets)
    {
        ArgumentNullException.ThrowIfNull(head);
        _decoded = Emptied(_decoded);
        _between = Emptied(_between);
        _codings.Clear();
        IsKnown = true;

        // Several fields are one list (RFC 9110 §5.3).
        for (var at = 0; at < head.FieldCount; at++)
        {
            var (name, value) = head[at];
            if (Ascii.EqualsIgnoreCase(name.Of(octets), "content-encoding"u8))
            {
                IsKnown &= ContentCodings.TryRead(value.Of(octets), _codings);
            }
        }
    }

    /// <summary>The content without its coding.</summary>
    /// <param name="content">The content.</param>
    /// <param name="decoded">The content itself when it is not coded.</param>
    /// <param name="most">The most octets that coded content may stand for.</param>
    /// <returns>False when the coding is unknown, the content is not of it, or stands for more.</returns>
    public bool TryDecode(ReadOnlySpan<byte> content, out ReadOnlySpan<byte> decoded, int most = MaxDecodedBytes)
    {
        decoded = content;
        (Outcome, MayHoldMore) = (new(IsWhole: IsKnown || decoded.IsEmpty, IsTooLarge: false, HasRest: false), false);
        if (decoded.IsEmpty || !IsKnown)
        {
            return decoded.IsEmpty;
        }

        for (var layer = _codings.Count - 1; layer >= 0 && Outcome.IsWhole; layer--)
        {
            (_decoded, _between) = (_between, _decoded);
            _decoded.ResetWrittenCount();
            MayHoldMore |= ContentCodings.MayHoldMore(_codings[layer], decoded);
            var outcome = ContentCodings.Decode(_codings[layer], decoded, _decoded, most);
            Outcome = outcome with { HasRest = outcome.HasRest || Outcome.HasRest };
            decoded = _decoded.WrittenSpan;
        }

        return Outcome.IsWhole;
    }
}
