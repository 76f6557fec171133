using Parallax.Traffic.Counters;
using Parallax.Traffic.Queues;
using Parallax.Traffic.Redaction;

namespace Parallax.Recording.Files;

/// <summary>The counters of a <see cref="RecorderAccount"/>.</summary>
public static class RecorderTable
{
    /// <summary>The counters.</summary>
    public static CounterTable<RecorderAccount> All { get; } = new(
        "recording",
        [
            new("offered", "Exchanges offered to the recording.", account => account.Offered),
            new("recorded", "Exchanges in a file.", account => account.Recorded),
            new("notMatched", "Exchanges that rules skipped.", account => account.NotMatched),
            new("redacted", "Those of them in which something was replaced to protect a secret.", account => account.Redacted)
            {
                Shown = ("file", "exchanges with something replaced"),
            },
            new("shadows", "Shadows recorded with their exchanges.", account => account.Shadows) { Shown = ("file", "shadows") },
            new("files", "Files finished.", account => account.Files) { Shown = ("file", "files") },
            new("bytes", "Bytes written.", account => account.Bytes),
        ],
        [
            new(
                "withheldBodies",
                "Bodies, and parts of bodies, that were not recorded, by reason.",
                account => account.Withheld,
                new("reason", static index => WithheldCounters.NameOf((WithheldReason)index), 0, WithheldCounters.Reasons)),
            new(
                "missingShadows",
                "Shadows that are in no file, or without their answer, by reason.",
                account => account.MissingShadows,
                CounterLabels.Of<MissingShadow>("reason")),
            new(
                "dropped",
                "Exchanges that are in no file, by reason.",
                account => account.Dropped,
                new("reason", static index => DropReasons.NameOf((DropReason)index), 1, DropReasons.Count)),
        ]);
}
