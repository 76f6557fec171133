using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Policy;

/// <summary>The condition under which a request is mirrored: rules that allow and rules that deny.</summary>
/// <remarks>
/// Allow rules of one kind (the method, the path, the header of one name, the parameter of one name) are alternatives; of every kind
/// that has a rule one must be fulfilled. No deny rule may be. Without rules every request matches.
/// Thread safety: immutable, compiled once; the scratch room belongs to the calling thread.
/// </remarks>
public sealed class RequestMatch
{
    private readonly RequestRule[][] _allow;
    private readonly RequestRule[] _deny;

    /// <summary>Compiles rules.</summary>
    public RequestMatch(IEnumerable<RequestRule> allow, IEnumerable<RequestRule> deny)
    {
        ArgumentNullException.ThrowIfNull(allow);
        ArgumentNullException.ThrowIfNull(deny);
        var kinds = new List<List<RequestRule>>();
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

        _allow = [.. kinds.Select(kind => kind.ToArray())];
        _deny = [.. deny];
    }

    /// <summary>Matches every request.</summary>
    public static RequestMatch Any { get; } = new([], []);

    /// <summary>True when the request is to be mirrored. No allocation.</summary>
    /// <param name="head">A request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="scratch">The calling thread's.</param>
    public bool Matches(MessageHead head, ReadOnlySpan<byte> octets, Latin1Scratch scratch)
    {
        if (_allow.Length == 0 && _deny.Length == 0)
        {
            return true;
        }

        var target = TargetParts.Of(head, octets);
        foreach (var kind in _allow)
        {
            if (!AnyFulfilled(kind, head, octets, target, scratch))
            {
                return false;
            }
        }

        return !AnyFulfilled(_deny, head, octets, target, scratch);
    }

    private static bool AnyFulfilled(
        RequestRule[] rules, MessageHead head, ReadOnlySpan<byte> octets, in TargetParts target, Latin1Scratch scratch)
    {
        foreach (var rule in rules)
        {
            if (rule.IsFulfilled(head, octets, target, scratch))
            {
                return true;
            }
        }

        return false;
    }
}
