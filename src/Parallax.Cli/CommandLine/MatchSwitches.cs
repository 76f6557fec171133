using System.CommandLine;
using Parallax.Traffic.Policy;

namespace Parallax.Cli.CommandLine;

/// <summary>The options that select by rules: the same ones for every command.</summary>
internal sealed class MatchSwitches
{
    private readonly Option<string[]> _allow;
    private readonly Option<string[]> _deny;
    private readonly KnownFacts _known;
    private readonly string _when;

    /// <param name="verb">What is done with what matches: copy, replay.</param>
    /// <param name="known">What is known when it is decided.</param>
    /// <param name="when">When that is, for the message about a rule that needs more: "a copy is made …".</param>
    /// <param name="prefix">What their names begin with: empty, or record-.</param>
    public MatchSwitches(string verb, KnownFacts known, string when, string prefix = "")
    {
        var parts = "method:RE path:RE host:RE query:RE param:NAME:RE header:NAME:RE cookie:NAME:RE"
            + (known >= KnownFacts.Request ? " body:RE json:/POINTER=RE" : "")
            + (known >= KnownFacts.Exchange ? " status:RE response-header:NAME:RE response-body:RE response-json:/POINTER=RE" : "");
        _allow = new($"--{prefix}allow")
        {
            Description = $"{verb} only what matches (repeatable):\nOR within a kind, AND between kinds. Kinds:\n{parts}",
            HelpName = "RULE",
        };
        _deny = new($"--{prefix}deny") { Description = $"never {verb} what matches, whatever is allowed; repeatable", HelpName = "RULE" };
        _known = known;
        _when = when;
    }

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_allow, _deny];

    /// <summary>True when the command line names one of them.</summary>
    public bool AreGiven(ParseResult parsed) => parsed.GetResult(_allow) is not null || parsed.GetResult(_deny) is not null;

    /// <summary>The condition.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="known">What is known when it is decided, if that is not what it was made for.</param>
    /// <exception cref="UsageException">A rule is not right, or needs what is not known yet.</exception>
    public ExchangeMatch MatchOf(ParseResult parsed, KnownFacts? known = null)
    {
        var match = new ExchangeMatch(RulesOf(parsed, _allow), RulesOf(parsed, _deny));
        return match.FindBeyond(known ?? _known) is not { } rule ? match
            : throw new UsageException($"\"{rule.Text}\" looks at the {PartOf(rule.Needs)}, but {_when}; select by that with "
                + "--record-allow, or in parallax inspect, convert and replay");
    }

    private static string PartOf(KnownFacts needs) => needs == KnownFacts.Request ? "request's body" : "response";

    private static List<ExchangeRule> RulesOf(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).Select(text => Parsing.Value<ExchangeRule>(option, text, ExchangeRule.TryParse)!)];
}
