using System.Globalization;
using System.Text.Json;
using Parallax.Capture.Pipeline;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Recording;
using Parallax.Traffic.Redaction;
using Parallax.Traffic.Shadowing;
using Parallax.Wire.Flows;
using Parallax.Wire.Http1;
using Parallax.Wire.Packets;

namespace Parallax.Cli.Output;

/// <summary>The final account for machines: one JSON object; names are stable, zero counts are left out of the maps by reason.</summary>
internal static class AccountJson
{
    public static void Write(Stream output, RunAccount account)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("kind", "account");
            json.WriteNumber("elapsedSeconds", Math.Round(account.Elapsed.TotalSeconds, 3));
            json.WriteNumber("faults", account.Faults);
            WriteCapture(json, account.Sources, account.Capture);
            json.WriteStartArray("mirrors");
            foreach (var mirror in account.Mirrors)
            {
                WriteMirror(json, mirror);
            }

            json.WriteEndArray();
            if (account.Printed is { } printed)
            {
                json.WriteStartObject("printed");
                WriteNumbers(json, [("printed", printed.Printed), ("dropped", printed.Dropped)]);
                json.WriteEndObject();
            }

            if (account.Recording is { } recording)
            {
                WriteRecording(json, recording);
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <summary>Writes the account of a recording.</summary>
    public static void WriteRecording(Utf8JsonWriter json, RecorderAccount recording)
    {
        json.WriteStartObject("recording");
        json.WriteString("path", recording.Path);
        WriteNumbers(json, [("offered", recording.Offered), ("recorded", recording.Recorded), ("redacted", recording.Redacted),
            ("files", recording.Files), ("bytes", recording.Bytes)]);
        WriteMap(json, "withheldBodies", recording.Withheld, reason => WithheldCounters.NameOf((WithheldReason)reason));
        WriteMap(json, "dropped", recording.Dropped, reason => DropReasons.NameOf((DropReason)reason));
        json.WriteEndObject();
    }

    /// <summary>The capturing side alone, as a property "capture".</summary>
    public static void WriteCapture(Utf8JsonWriter json, IEnumerable<string> sources, CaptureAccount capture)
    {
        json.WriteStartObject("capture");
        json.WriteStartArray("sources");
        foreach (var source in sources)
        {
            json.WriteStringValue(source);
        }

        json.WriteEndArray();
        WriteNumbers(json,
        [
            ("packets", capture.Packets), ("octets", capture.Octets), ("kernelLoss", capture.Losses.Kernel), ("torn", capture.Losses.Torn),
            ("leftOutOctets", capture.Losses.LeftOutOctets), ("otherSenders", capture.Losses.OtherSenders),
            ("segments", capture.Segments), ("deniedVnis", capture.DeniedVnis), ("otherPorts", capture.OtherPorts),
            ("translatedCopies", capture.TranslatedCopies), ("datagramsHeld", capture.DatagramsHeld),
            ("datagramsEvicted", capture.DatagramsEvicted), ("datagramsTimedOut", capture.DatagramsTimedOut),
            ("conflictingFragments", capture.ConflictingFragments),
            ("inboxDrops", capture.InboxDrops), ("flowsBegun", capture.FlowsBegun), ("flowsHeld", capture.FlowsHeld),
            ("oldSegments", capture.OldSegments), ("conflictingSegments", capture.ConflictingSegments), ("gaps", capture.Gaps),
            ("lostOctets", capture.LostOctets), ("gapsForcedByBounds", capture.GapsForcedByBounds), ("requestsSeen", capture.RequestsSeen),
            ("requestsComplete", capture.RequestsComplete), ("requestsTruncated", capture.RequestsTruncated),
            ("requestsIncomplete", capture.RequestsIncomplete), ("responses", capture.Responses),
            ("orphanResponses", capture.OrphanResponses), ("unanswered", capture.Unanswered), ("malformed", capture.Malformed),
            ("proxiedConnections", capture.ProxiedConnections),
            ("tunnelOctets", capture.TunnelOctets), ("requestsInTunnels", capture.RequestsInTunnels),
        ]);
        WriteTraffic(json, "byVni", capture.ByVni.Select(each => (each.Key?.ToString(CultureInfo.InvariantCulture), each.Count)));
        WriteTraffic(json, "bySender", capture.BySender.Select(each => (each.Key?.ToString(), each.Count)));
        WriteTraffic(json, "unreadLinkTypes", capture.UnreadLinkTypes.Select(
            each => (each.Key?.ToString(CultureInfo.InvariantCulture), each.Count)));
        WriteMap(json, "decoded", capture.Decoded, index => Kebab(((DecodeStatus)index).ToString()));
        WriteMap(json, "otherProtocols", capture.OtherProtocols, index => Kebab(((OtherProtocol)index).ToString()));
        WriteMap(json, "flowsEnded", capture.FlowsEnded, index => Kebab(((FlowEnd)index).ToString()));
        json.WriteEndObject();
    }

    private static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    private static void WriteTraffic(Utf8JsonWriter json, string name, IEnumerable<(string? Key, TrafficCount Count)> counts)
    {
        json.WriteStartObject(name);
        foreach (var (key, count) in counts)
        {
            json.WriteStartObject(key ?? "others");
            json.WriteNumber("packets", count.Packets);
            json.WriteNumber("octets", count.Octets);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteMirror(Utf8JsonWriter json, MirrorAccount mirror)
    {
        json.WriteStartObject();
        json.WriteString("name", mirror.Target.Target);
        json.WriteString("url", mirror.Url);
        WriteNumbers(json,
            [("received", mirror.Received), ("notMatched", mirror.NotMatched), ("notSampled", mirror.NotSampled),
                ("otherMethods", mirror.OtherMethods)]);
        WriteMap(json, "droppedByPolicy", mirror.DroppedByPolicy, index => DropReasons.NameOf((DropReason)index));
        WriteTarget(json, mirror.Target);
        json.WriteEndObject();
    }

    /// <summary>What became of the requests offered to one target, as properties of an object that is open.</summary>
    public static void WriteTarget(Utf8JsonWriter json, ShadowAccount target)
    {
        WriteNumbers(json,
        [
            ("offered", target.Offered), ("answered", target.Answered), ("answersCut", target.AnswersCut), ("resent", target.Resent),
            ("connects", target.Connects), ("queued", target.Queued), ("inFlight", target.InFlight), ("unexplained", target.Unexplained),
            ("delayMedianNanoseconds", target.DelayMedian), ("delayP99Nanoseconds", target.DelayP99),
            ("answerMedianNanoseconds", target.LatencyMedian), ("answerP99Nanoseconds", target.LatencyP99),
        ]);
        WriteMap(json, "answeredByClass", target.AnsweredByClass, index => $"{index}xx");
        WriteMap(json, "failed", target.Failed, index => FailureReasons.NameOf((FailureReason)index));
        WriteMap(json, "dropped", target.Dropped, index => DropReasons.NameOf((DropReason)index));
    }

    internal static void WriteNumbers(Utf8JsonWriter json, IEnumerable<(string Name, long Value)> numbers)
    {
        foreach (var (name, value) in numbers)
        {
            json.WriteNumber(name, value);
        }
    }

    /// <summary>Counts by name, those that are zero left out.</summary>
    public static void WriteMap(Utf8JsonWriter json, string name, IReadOnlyList<long> counts, Func<int, string> nameOf)
    {
        json.WriteStartObject(name);
        for (var i = 0; i < counts.Count; i++)
        {
            if (counts[i] != 0)
            {
                json.WriteNumber(nameOf(i), counts[i]);
            }
        }

        json.WriteEndObject();
    }
}
