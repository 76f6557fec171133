using System.CommandLine;
using Parallax.Recording.Entries;
using Parallax.Traffic.Policy;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that select exchanges of a recording or capture file: rules, numbers and time.</summary>
internal sealed class SelectionSwitches(string verb)
{
    private readonly MatchSwitches _match = new(verb, KnownFacts.Exchange, "");
    private readonly SpanSwitches _span = new();

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [.. _match.All, .. _span.All];

    /// <summary>What is wanted.</summary>
    /// <exception cref="UsageException">A value is not right.</exception>
    public EntrySelection Of(ParseResult parsed) => new()
    {
        Ids = _span.IdsOf(parsed),
        Span = _span.SpanOf(parsed),
        Match = _match.MatchOf(parsed),
    };
}
