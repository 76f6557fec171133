using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;
using Parallax.Wire;

namespace Parallax.Recording.Entries;

/// <summary>Which exchanges of a recording, or of a capture, are wanted: by number, time and rules. All three must hold.</summary>
/// <remarks>Thread safety: immutable but for the room it looks at exchanges in: one thread selects.</remarks>
public sealed class EntrySelection
{
    private readonly MatchScratch _scratch = new();

    /// <summary>The numbers wanted, see <see cref="Exchange.Id"/>; empty, the default, for all.</summary>
    public IReadOnlySet<long> Ids { get; init; } = new HashSet<long>();

    /// <summary>The time wanted; all of it by default.</summary>
    public RecordedSpan Span { get; init; }

    /// <summary>The condition; everything by default.</summary>
    public ExchangeMatch Match { get; init; } = ExchangeMatch.Any;

    /// <summary>True when everything is wanted.</summary>
    public bool IsAny => Ids.Count == 0 && Span.IsUnbounded && Match.IsAny;

    /// <summary>Decides by number and time.</summary>
    /// <param name="facts">What is known of the exchange. One without a time counts as begun with the recording.</param>
    /// <param name="begin">When the recording begins.</param>
    public bool Selects(in EntryFacts facts, Timestamp begin) =>
        (Ids.Count == 0 || Ids.Contains(facts.Id))
        && (Span.IsUnbounded || Span.RangeFrom(begin).Contains(facts.Begin.IsKnown ? facts.Begin : begin));

    /// <summary>Decides by the rules.</summary>
    public bool Selects(Exchange exchange) => Match.Matches(ExchangeFacts.Of(exchange), _scratch);
}
