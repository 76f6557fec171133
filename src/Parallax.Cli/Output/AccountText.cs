using System.Globalization;
using Parallax.Capture.Pipeline;
using Parallax.Recording.Files;
using Parallax.Runs.Capturing;
using Parallax.Shadows.Delivery;
using Parallax.Traffic.Redaction;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;
using static Parallax.Cli.Output.AccountLine;
using static Parallax.Runs.Running.NumberText;

namespace Parallax.Cli.Output;

/// <summary>The final account for people: every number that is not zero and should be, and the sums that must come out.</summary>
internal static class AccountText
{
    public static void Write(TextWriter output, CaptureRunAccount account, PrintAccount? printed)
    {
        var seconds = Math.Max(account.Elapsed.TotalSeconds, 1e-3).ToString("0.0", CultureInfo.InvariantCulture);
        Line(output, "run", $"{seconds} s from {string.Join(", ", account.Sources)}");
        WriteCapture(output, account.Capture);
        foreach (var mirror in account.Mirrors)
        {
            WriteMirror(output, mirror);
        }

        if (account.Recording is { } recording)
        {
            WriteRecording(output, recording);
        }

        if (printed is { NotMatched: > 0 })
        {
            Line(output, "printed", $"{Count(printed.Printed)}, {Count(printed.NotMatched)} not matched");
        }

        if (printed is { Dropped: > 0 })
        {
            Line(output, "printed", $"{Count(printed.Printed)}, not printed because standard output "
                + (printed.Fault is null ? "is too slow" : "ended") + $": {Count(printed.Dropped)}");
        }

        WriteFaults(output, account.Faults);
    }

    /// <summary>Says that the program had faults; nothing when it had none.</summary>
    public static void WriteFaults(TextWriter output, long faults)
    {
        if (faults > 0)
        {
            Line(output, "", $"{Count(faults)} FAULTS of the program itself: this is a bug, please report it");
        }
    }

    /// <summary>What was recorded.</summary>
    public static void WriteRecording(TextWriter output, RecorderAccount recording)
    {
        Line(output, "recorded", $"{Count(recording.Offered)} exchanges = {Count(recording.Recorded)} recorded + "
            + $"{Count(recording.Dropped.Sum())} dropped{Prefixed(Drops(recording.Dropped))}"
            + (recording.NotMatched > 0 ? $" + {Count(recording.NotMatched)} not matched" : "")
            + (recording.Waiting > 0 ? $" + {Count(recording.Waiting)} waiting" : ""));
        Line(output, "", $"{(recording.Files > 1 ? recording.Path : recording.FirstFile)}: {Size(recording.Bytes)}"
            + Prefixed(List(RecorderTable.All.ShownOn("file", recording))));
        if (recording.Withheld.Sum() is > 0 and var withheld)
        {
            Line(output, "", $"{Count(withheld)} bodies or parts of bodies withheld"
                + Prefixed(List(recording.Withheld.Select((count, reason) => (WithheldCounters.NameOf((WithheldReason)reason), count)))));
        }
    }

    /// <summary>The capturing side alone.</summary>
    public static void WriteCapture(TextWriter output, CaptureAccount capture)
    {
        Line(output, "captured", $"{Count(capture.Packets)} packets, {Size(capture.Octets)}");
        Line(output, "", List(
            [
                .. CaptureTable.All.ShownOn("captured", capture),
                .. Enum.GetValues<DecodeStatus>().Where(status => status != DecodeStatus.Ok)
                    .Select(status => (Words(status.ToString()), capture.Decoded[(int)status])),
            ]));
        Labelled(output, "link types not read", Top(UnreadText.LinkTypes(capture)));
        Labelled(output, "by virtual network", Top(
            capture.ByVni.Select(each => (each.Key?.ToString(CultureInfo.InvariantCulture), each.Count.Packets))));
        Labelled(output, "by sender", Top(capture.BySender.Select(each => (each.Key?.ToString(), each.Count.Packets))));
        Line(output, "flows", $"{Count(capture.FlowsBegun)} begun" + Prefixed(List(
            [
                .. Enum.GetValues<FlowEnd>()
                    .Where(end => end is FlowEnd.Evicted or FlowEnd.EvictedForMemory or FlowEnd.HandshakeTimeout or FlowEnd.Idle)
                    .Select(end => (Words(end.ToString()), capture.FlowsEnded[(int)end])),
                .. CaptureTable.All.ShownOn("flows", capture),
            ])));
        Labelled(output, "connections that are not HTTP/1, or no longer", List(
            capture.OtherProtocols.Select((count, index) => (NameOf((OtherProtocol)index), count))));
        Line(output, "requests", $"{Count(capture.RequestsSeen)} seen = {Count(capture.RequestsComplete)} complete + "
            + $"{Count(capture.RequestsTruncated)} truncated + {Count(capture.RequestsIncomplete)} incomplete"
            + (capture.RequestsInFlight != 0 ? $" + {Count(capture.RequestsInFlight)} in flight" : ""));
        Line(output, "responses", $"{Count(capture.Responses)} seen"
            + Prefixed(List(CaptureTable.All.ShownOn("responses", capture))));
    }

    private static void WriteMirror(TextWriter output, MirroredAccount mirror)
    {
        var target = mirror.Target;
        Line(output, target.Target, mirror.Policy.Target);
        if (mirror.Policy.Received != target.Offered)
        {
            Line(output, "", ReceivedIs(mirror.Policy));
        }

        WriteSessions(output, mirror.Policy);
        WriteTarget(output, target);
    }

    /// <summary>How many sessions one mirror sampled; nothing when they are not sampled whole.</summary>
    public static void WriteSessions(TextWriter output, MirrorAccount mirror)
    {
        var more = mirror.SessionsNotCounted > 0 ? "more than " : "";
        Labelled(output, "sessions sampled", mirror.Sessions + mirror.SessionsNotCounted == 0 ? ""
            : $"{more}{Count(mirror.SessionsSampled)} of {more}{Count(mirror.Sessions)}");
    }

    /// <summary>What became of the requests that one mirror looked at.</summary>
    public static string ReceivedIs(MirrorAccount mirror) =>
        $"{Count(mirror.Received)} received = {Count(mirror.Offered)} offered"
        + $" + {Count(mirror.NotMatched)} not matched"
        + $" + {Count(mirror.NotSampled)} not sampled"
        + (mirror.OtherMethods > 0 ? $" + {Count(mirror.OtherMethods)} other methods" : "")
        + $" + {Count(mirror.Dropped.Sum())} dropped{Prefixed(Drops(mirror.Dropped))}";

    /// <summary>What became of the requests offered to one target.</summary>
    public static void WriteTarget(TextWriter output, ShadowAccount target)
    {
        var open = target.Queued + target.InFlight;
        Line(output, "", $"{Count(target.Offered)} offered = {Count(target.Answered)} answered"
                + $" + {Count(target.Failed.Sum())} failed + "
            + $"{Count(target.Dropped.Sum())} dropped" + (open > 0 ? $" + {Count(open)} in flight" : ""));
        Labelled(output, "answered", Classes(target.AnsweredByClass));
        Labelled(output, "failed", Failures(target.Failed));
        Labelled(output, "dropped", Drops(target.Dropped));
        Line(output, "", List(ShadowTable.All.ShownOn("answers", target)));
        if (target.Answered > 0)
        {
            var delay = target.DelayMedian > 0
                ? $"delay to the shadow median {Time(target.DelayMedian)}, p99 {Time(target.DelayP99)} · "
                : "";
            var (median, p99) = (Time(target.LatencyMedian), Time(target.LatencyP99));
            Line(output, "", $"{delay}answer time median {median}, p99 {p99}");
        }

        if (target.Unexplained != 0)
        {
            Line(output, "", $"{Count(target.Unexplained)} NOT EXPLAINED: this is a bug, please report it");
        }
    }

    private static string Prefixed(string list) => list.Length == 0 ? "" : " · " + list;

    private static string NameOf(OtherProtocol protocol) => protocol switch
    {
        OtherProtocol.Unknown => "something else",
        OtherProtocol.Http2 => "HTTP/2",
        OtherProtocol.Grpc => "gRPC",
        OtherProtocol.Smtp => "SMTP or FTP",
        OtherProtocol.Sip => "SIP, RTSP or ICAP",
        OtherProtocol.WebSocket => "WebSocket",
        OtherProtocol.Redis => "Redis",
        OtherProtocol.PostgreSql => "PostgreSQL",
        OtherProtocol.MySql => "MySQL",
        OtherProtocol.MongoDb => "MongoDB",
        _ => protocol.ToString().ToUpperInvariant(),
    };
}
