using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Queues;

namespace Parallax.Cli.Output;

/// <summary>Says that a run was for nothing: requests were due, and not one was answered.</summary>
internal static class NothingAnswered
{
    private const string Nothing = "nothing was answered";

    /// <summary>Says it of the targets of a run.</summary>
    /// <param name="targets">Their accounts.</param>
    /// <param name="what">What is said.</param>
    /// <returns>False when no target answered anything, though something was offered.</returns>
    public static bool Tell(IEnumerable<ShadowAccount> targets, string what = Nothing)
    {
        var accounts = targets.ToList();
        return Tell(accounts.Sum(target => target.Offered), accounts, [.. accounts.Select(target => target.Dropped)], what);
    }

    /// <summary>Says it with the reasons.</summary>
    /// <param name="offered">Requests that were due.</param>
    /// <param name="targets">The accounts of the targets.</param>
    /// <param name="drops">Drops by reason; those of other stages may be among them.</param>
    /// <param name="what">What is said.</param>
    /// <returns>As above.</returns>
    public static bool Tell(
        long offered, IReadOnlyList<ShadowAccount> targets, IReadOnlyList<IReadOnlyList<long>> drops, string what = Nothing)
    {
        if (offered == 0 || targets.Any(target => target.Answered > 0))
        {
            return true;
        }

        var failed = targets.SelectMany(target => target.Failed.Select(
            (count, reason) => (Name: FailureReasons.NameOf((FailureReason)reason), Count: count)));
        var dropped = drops.SelectMany(each => each.Select(
            (count, reason) => (Name: DropReasons.NameOf((DropReason)reason), Count: count)));
        var reasons = failed.Concat(dropped).GroupBy(each => each.Name, (name, each) => (name, each.Sum(one => one.Count)));
        var list = AccountLine.List(reasons);
        Console.Error.WriteLine($"parallax: {what}{(list.Length > 0 ? $": {list}" : "")}");
        return false;
    }
}
