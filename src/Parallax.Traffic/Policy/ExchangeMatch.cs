using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Policy;

/// <summary>The condition by which exchanges, or requests that are not answered yet, are selected: rules that allow and rules that
/// deny.</summary>
/// <remarks>
/// Allow rules of one kind (the method, the path, the header of one name, the parameter of one name) are alternatives; of every kind
/// that has a rule one must be fulfilled. No deny rule may be. Without rules everything matches.
/// Thread safety: immutable, compiled once; the scratch room belongs to the calling thread.
/// </remarks>
public sealed class ExchangeMatch
{
    private readonly ExchangeRule[][] _allow;
    private readonly ExchangeRule[] _deny;

    /// <summary>Compiles rules.</summary>
    public ExchangeMatch(IEnumerable<ExchangeRule> allow, IEnumerable<ExchangeRule> deny)
    {
        ArgumentNullException.ThrowIfNull(allow);
        ArgumentNullException.ThrowIfNull(deny);
        var kinds = new List<List<ExchangeRule>>();
        foreach (var rule in allow)
        {
            var kind = kinds.Find(known => known[0].IsSameKind(rule));
            if (kind is null)
            {
                kinds.Add([rule]);
            }
            else
            {
                kind.Add(rule);
            }
        }

        // What takes little time is asked first.
        _allow = [.. kinds.OrderBy(kind => kind[0].Part).Select(kind => kind.ToArray())];
        _deny = [.. deny.OrderBy(rule => rule.Part)];
    }

    /// <summary>Matches everything.</summary>
    public static ExchangeMatch Any { get; } = new([], []);

    /// <summary>True when there are no rules.</summary>
    public bool IsAny => _allow.Length == 0 && _deny.Length == 0;

    /// <summary>The first rule that cannot be decided by what is known; null when there is none.</summary>
    public ExchangeRule? FindBeyond(KnownFacts known) =>
        _allow.SelectMany(kind => kind).Concat(_deny).FirstOrDefault(rule => rule.Needs > known);

    /// <summary>True when a request is selected. No allocation.</summary>
    /// <param name="head">A request's head. Rules that need more are not fulfilled.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="scratch">The calling thread's.</param>
    public bool Matches(MessageHead head, ReadOnlySpan<byte> octets, MatchScratch scratch) =>
        Matches(ExchangeFacts.Of(head, octets), scratch);

    /// <summary>True when an exchange is selected, or a request. No allocation but for rules that look into bodies.</summary>
    /// <param name="facts">What is known of it. Rules that need more are not fulfilled.</param>
    /// <param name="scratch">The calling thread's.</param>
    public bool Matches(in ExchangeFacts facts, MatchScratch scratch)
    {
        ArgumentNullException.ThrowIfNull(scratch);
        if (IsAny)
        {
            return true;
        }

        scratch.Begin();
        var target = facts.Head is { } head ? TargetParts.Of(head, facts.Octets) : default;
        foreach (var kind in _allow)
        {
            if (!AnyFulfilled(kind, facts, target, scratch))
            {
                return false;
            }
        }

        return !AnyFulfilled(_deny, facts, target, scratch);
    }

    private static bool AnyFulfilled(ExchangeRule[] rules, in ExchangeFacts facts, in TargetParts target, MatchScratch scratch)
    {
        foreach (var rule in rules)
        {
            if (rule.IsFulfilled(facts, target, scratch))
            {
                return true;
            }
        }

        return false;
    }
}
