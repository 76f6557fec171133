using System.Globalization;
using Parallax.Capture.Pipeline;
using Parallax.Cli.CommandLine;
using Parallax.Recording.Entries;
using Parallax.Runs.Running;
using Parallax.Wire.Packets;

namespace Parallax.Cli.Output;

/// <summary>What of a capture could not be read, in lines for people. Every command that reads captures says the same.</summary>
internal static class UnreadText
{
    /// <summary>What is well-formed and simply no TCP, and what is part of something that was read.</summary>
    private static readonly DecodeStatus[] Harmless =
    [
        DecodeStatus.Ok, DecodeStatus.NotIp, DecodeStatus.NotTcp, DecodeStatus.UnsupportedEtherType, DecodeStatus.FragmentHeld,
        DecodeStatus.UnsupportedLinkType,
    ];

    /// <summary>Warns of files that are cut or damaged, of link types and of packets that were not read. A quiet run warns, too: it is why
    /// the run fails.</summary>
    public static void Warn(TextWriter output, CaptureAccount capture)
    {
        foreach (var problem in capture.Problems)
        {
            output.WriteLine($"parallax: warning: {problem}");
        }

        var unknown = capture.Decoded[(int)DecodeStatus.UnsupportedLinkType];
        if (unknown > 0)
        {
            output.WriteLine($"parallax: warning: {NumberText.Count(unknown)} packets were not read, because their link type is not known: "
                + $"{AccountLine.Top(LinkTypes(capture))} (tcpdump.org/linktypes.html says what these are)");
        }

        if (capture.DatagramsHeld + capture.DatagramsEvicted + capture.DatagramsTimedOut is var missing and > 0)
        {
            output.WriteLine(
                $"parallax: warning: {NumberText.Count(missing)} IP datagrams were not put together, because fragments are missing");
        }

        var unread = AccountLine.List(Enum.GetValues<DecodeStatus>().Except(Harmless)
            .Select(status => (AccountLine.Words(status.ToString()), capture.Decoded[(int)status])));
        if (unread.Length > 0)
        {
            output.WriteLine($"parallax: warning: packets that could not be read: {unread}");
        }
    }

    /// <summary>Link types that are not read, with their packets.</summary>
    public static IEnumerable<(string? Name, long Packets)> LinkTypes(CaptureAccount capture) => capture.UnreadLinkTypes.Select(
        each => (each.Key is { } type ? string.Create(CultureInfo.InvariantCulture, $"link type {type}") : null, each.Count.Packets));

    /// <summary>Warns of what could not be read of a recording; also a quiet run, as it is why the run fails.</summary>
    public static void Warn(TextWriter output, string recording, RecordingLosses losses)
    {
        if (losses.Problem is { } problem)
        {
            output.WriteLine($"parallax: warning: {problem}");
        }

        if (losses.LeftOutBytes > 0 || losses.LostEntries > 0)
        {
            output.WriteLine($"parallax: warning: {NumberText.Count(losses.LeftOutBytes)} bytes of {recording} left out, because they are "
                + $"damaged or torn{(losses.LostEntries > 0 ? $", and {NumberText.Count(losses.LostEntries)} exchanges with them" : "")}");
        }
    }

    /// <summary>The exit code of a run that went to the end of its recordings.</summary>
    public static int ExitCodeOf(RecordingLosses losses) => losses == default ? ExitCode.Ok : ExitCode.Failed;

    /// <summary>The exit code of a run that went to its end.</summary>
    public static int ExitCodeOf(CaptureAccount capture) => capture.IsPartlyUnread ? ExitCode.Failed : ExitCode.Ok;
}
