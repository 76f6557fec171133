using Parallax.Runs.Running;
using Parallax.Shadows.Clients;
using Parallax.Traffic.Queues;

namespace Parallax.Cli.Output;

/// <summary>A line of an account for people: a label, and what it is about.</summary>
internal static class AccountLine
{
    /// <summary>The busiest few, and the rest together.</summary>
    public static string Top(IEnumerable<(string? Name, long Packets)> counts)
    {
        const int Shown = 8;
        var all = counts.ToList();
        var rest = all.Skip(Shown).Sum(each => each.Packets);
        return List([.. all.Take(Shown).Select(each => (each.Name ?? "others", each.Packets)), ("others", rest)]);
    }

    public static string List(IEnumerable<(string Name, long Count)> counts) =>
        string.Join(" · ", counts.Where(each => each.Count > 0).Select(each => $"{each.Name} {NumberText.Count(each.Count)}"));

    /// <summary>Numbers by class of status.</summary>
    public static string Classes(IReadOnlyList<long> counts) => List(counts.Select((count, first) => ($"{first}xx", count)));

    /// <summary>Numbers by <see cref="DropReason"/>.</summary>
    public static string Drops(IReadOnlyList<long> drops) =>
        List(drops.Select((count, reason) => (DropReasons.NameOf((DropReason)reason), count)));

    /// <summary>Numbers by <see cref="FailureReason"/>.</summary>
    public static string Failures(IReadOnlyList<long> failures) =>
        List(failures.Select((count, reason) => (FailureReasons.NameOf((FailureReason)reason), count)));

    public static void Labelled(TextWriter output, string label, string list)
    {
        if (list.Length > 0)
        {
            Line(output, "", label.Length == 0 ? list : $"{label}: {list}");
        }
    }

    public static void Line(TextWriter output, string label, string text)
    {
        if (text.Length > 0)
        {
            output.WriteLine($"{label,-10} {text}");
        }
    }

    /// <summary>"NotTcp" as "not tcp".</summary>
    public static string Words(string name) =>
        string.Concat(name.Select((letter, at) => (at > 0 && char.IsUpper(letter) ? " " : "") + char.ToLowerInvariant(letter)));
}
