namespace Parallax.Recording.Entries;

/// <summary>One exchange of a recording: the facts, and views over the octets of its messages.</summary>
/// <remarks>The views belong to the maker of the entry; a reader's are valid until it reads the next one. Thread safety: a stack-only
/// value.</remarks>
public readonly ref struct RecordedEntry
{
    /// <summary>Everything but the octets.</summary>
    public EntryFacts Facts { get; init; }

    /// <summary>False when the request was not seen; <see cref="Request"/> is empty then.</summary>
    public bool HasRequest { get; init; }

    /// <summary>False when the response was not seen; <see cref="Response"/> is empty then.</summary>
    public bool HasResponse { get; init; }

    /// <summary>The request as on the wire.</summary>
    public ReadOnlySpan<byte> Request { get; init; }

    /// <summary>The final response as on the wire.</summary>
    public ReadOnlySpan<byte> Response { get; init; }

    /// <summary>The identifier that the exchange has in a foreign format, UTF-8, 255 octets at most; empty when there is none.</summary>
    public ReadOnlySpan<byte> Label { get; init; }

    /// <summary>The name of the mirror that made this shadow, UTF-8, 255 octets at most; empty when it is none.</summary>
    public ReadOnlySpan<byte> Mirror { get; init; }

    /// <summary>What shadows of the request answered.</summary>
    public RecordedShadows Shadows { get; init; }
}
