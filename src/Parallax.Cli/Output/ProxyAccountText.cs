using System.Globalization;
using Parallax.Proxy.Accounts;
using Parallax.Runs.Running;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Queues;

namespace Parallax.Cli.Output;

/// <summary>The account of a proxy for people.</summary>
internal static class ProxyAccountText
{
    public static void Write(TextWriter output, ProxyAccount account, TimeSpan elapsed)
    {
        var seconds = Math.Max(elapsed.TotalSeconds, 1e-3).ToString("0.0", CultureInfo.InvariantCulture);
        Line(output, "run", $"{seconds} s, {N(account.Connections)} connections of clients, {N(account.Connects)} to primaries");
        Line(output, "requests", $"{N(account.Requests)} = {N(account.Answered.Sum())} answered + {N(account.Unanswered)} unanswered"
            + (account.InFlight > 0 ? $" + {N(account.InFlight)} in flight" : ""));
        Labelled(output, "answered", Classes(account.Answered));
        Labelled(output, "by the proxy itself", List(
            account.AnsweredHereFor.Select((count, reason) => (LocalReasons.NameOf((LocalReason)reason), count))));
        Labelled(output, "cut short", List(
            account.CutShortFor.Select((count, reason) => (BreakReasons.NameOf((BreakReason)reason), count))));
        Labelled(output, "refused before", Classes(account.Refused));
        Labelled(output, "connections refused", List(
            account.ConnectionsRefusedFor.Select((count, reason) => (ConnectionRefusals.NameOf((ConnectionRefusal)reason), count))));
        Labelled(output, "", List(
        [
            ("responses broken off", account.Broken), ("malformed", account.Malformed), ("tunnels", account.Tunnels),
            ("retries", account.Retries), ("idle connections closed to make room", account.ClosedIdle),
        ]));
        Labelled(output, "short of connections or memory", List(
            account.Scarce.Begun.Select((count, step) => (OverloadSteps.NameOf((OverloadStep)step), count))));
        foreach (var mirror in account.Mirrors)
        {
            WriteMirror(output, mirror);
        }

        foreach (var cluster in account.Shadows)
        {
            // Mirrors may share a cluster: what became of its copies is written once.
            Line(output, "copies", $"to {cluster.Target}");
            AccountText.WriteTarget(output, cluster);
        }

        AccountText.WriteFaults(output, account.Faults);

        if (account.Unexplained + account.Mirrors.Sum(mirror => mirror.Unexplained) is not 0 and var unexplained)
        {
            Line(output, "", $"{N(unexplained)} NOT EXPLAINED: this is a bug, please report it");
        }
    }

    private static void WriteMirror(TextWriter output, MirrorAccount mirror)
    {
        Line(output, "mirror", $"{mirror.Name} ({mirror.Target})");
        Line(output, "", AccountText.ReceivedIs(mirror));
    }

    private static string N(long number) => NumberText.Count(number);

    private static string Classes(IReadOnlyList<long> counts) => List(counts.Select((count, first) => ($"{first}xx", count)));

    private static string Drops(IReadOnlyList<long> drops) =>
        List(drops.Select((count, reason) => (DropReasons.NameOf((DropReason)reason), count)));

    private static string List(IEnumerable<(string Name, long Count)> counts) =>
        string.Join(" · ", counts.Where(each => each.Count > 0).Select(each => $"{each.Name} {N(each.Count)}"));

    private static void Labelled(TextWriter output, string label, string list)
    {
        if (list.Length > 0)
        {
            Line(output, "", label.Length == 0 ? list : $"{label}: {list}");
        }
    }

    private static void Line(TextWriter output, string label, string text) => output.WriteLine($"{label,-10} {text}");
}
