using System.Globalization;
using Parallax.Proxy.Accounts;
using Parallax.Shadows.Delivery;
using static Parallax.Cli.Output.AccountLine;
using static Parallax.Runs.Running.NumberText;

namespace Parallax.Cli.Output;

/// <summary>The account of a proxy for people.</summary>
internal static class ProxyAccountText
{
    public static void Write(TextWriter output, ProxyAccount account, TimeSpan elapsed)
    {
        var seconds = Math.Max(elapsed.TotalSeconds, 1e-3).ToString("0.0", CultureInfo.InvariantCulture);
        Line(output, "run", $"{seconds} s, {Count(account.Connections)} connections of clients, "
            + $"{Count(account.Connects)} to primaries");
        Line(output, "requests", $"{Count(account.Requests)} = {Count(account.Answered.Sum())} answered + "
            + $"{Count(account.Unanswered)} unanswered"
            + (account.InFlight > 0 ? $" + {Count(account.InFlight)} in flight" : ""));
        Labelled(output, "answered", Classes(account.Answered));
        Labelled(output, "by the proxy itself", List(
            account.AnsweredHereFor.Select((count, reason) => (LocalReasons.NameOf((LocalReason)reason), count))));
        Labelled(output, "cut short", List(
            account.CutShortFor.Select((count, reason) => (BreakReasons.NameOf((BreakReason)reason), count))));
        Labelled(output, "refused before", Classes(account.Refused));
        Labelled(output, "connections refused", List(
            account.ConnectionsRefusedFor.Select((count, reason) => (ConnectionRefusals.NameOf((ConnectionRefusal)reason), count))));
        Line(output, "", List(ProxyTable.All.ShownOn("requests", account)));
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
            Line(output, "", $"{Count(unexplained)} NOT EXPLAINED: this is a bug, please report it");
        }
    }

    private static void WriteMirror(TextWriter output, MirrorAccount mirror)
    {
        Line(output, "mirror", $"{mirror.Name} ({mirror.Target})");
        Line(output, "", AccountText.ReceivedIs(mirror));
        AccountText.WriteSessions(output, mirror);
    }
}
