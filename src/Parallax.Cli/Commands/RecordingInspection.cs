using System.Text.Json;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Runs.Limits;
using Parallax.Runs.Running;
using Parallax.Traffic.Exchanges;
using Parallax.Wire;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax inspect</c> of a recording: what is in it, and whether it is whole.</summary>
internal static class RecordingInspection
{
    public static int Run(TextWriter output, string path, RecordingFormat format, InspectOptions options)
    {
        using var signals = new StopSignals(TimeSpan.Zero);
        var view = new ExchangeView(output, options, isOfRecording: true);
        try
        {
            using var reader = RecordingFormats.Open(path);
            view.WriteTitle();
            string Progress() => $"{NumberText.Size(reader.ReadBytes)} read, {NumberText.Count(view.Summary.Exchanges)} exchanges";
            long shadows;
            using (new ProgressLine(Progress, options.ShowsProgress))
            {
                shadows = Read(reader, view, RecordingFormats.BeginOf(path), signals.Token);
            }

            Report(output, new(reader, format, shadows), view, options);
            UnreadText.Warn(Console.Error, path, reader.Losses);
            return signals.Token.IsCancellationRequested ? ExitCode.Interrupted : UnreadText.ExitCodeOf(reader.Losses);
        }
        catch (RecordingException fault)
        {
            output.Flush();
            return ExitCode.Refuse(fault.Message);
        }
    }

    // How many shadows are in it.
    private static long Read(CheckedEntries reader, ExchangeView view, Timestamp begin, CancellationToken stop)
    {
        var shadows = 0L;
        var exchanges = new RecordedExchanges(new OctetPool(MemoryShares.MessageBytesOf(ProcessMemory.HeapBytes)));
        while (!stop.IsCancellationRequested && reader.TryRead(out var entry))
        {
            begin = begin.IsKnown ? begin : entry.Facts.Begin;
            shadows += entry.Shadows.Count;
            if (view.Wants(entry.Facts, begin))
            {
                using var exchange = exchanges.Make(entry);
                view.Add(exchange);
            }
        }

        return shadows;
    }

    private static void Report(TextWriter output, in Inspected inspected, ExchangeView view, InspectOptions options)
    {
        var (reader, format, shadows) = inspected;
        if (options.Form == ExchangeForm.Json)
        {
            SummaryJson.Write(output, view.Summary, writer => WriteRecording(writer, reader, format, shadows));
        }
        else if (options.Form == ExchangeForm.Summary)
        {
            output.WriteLine($"recording  {Describe(reader, format)}");
            if (reader.Losses is { LeftOutBytes: > 0 } or { LostEntries: > 0 })
            {
                output.WriteLine($"left out   {NumberText.Count(reader.Losses.LeftOutBytes)} bytes that are damaged or torn"
                    + (reader.Losses.LostEntries > 0 ? $", {NumberText.Count(reader.Losses.LostEntries)} exchanges in them" : ""));
            }

            if (ReplayText.LeftOutIn(reader.LeftOut) is { Length: > 0 } leftOut)
            {
                output.WriteLine($"left out   {leftOut}");
            }

            if (shadows > 0)
            {
                output.WriteLine($"shadows    {NumberText.Count(shadows)} answers or failures");
            }

            SummaryText.WriteExchanges(output, view, options);
        }

        output.Flush();
    }

    private static string Describe(CheckedEntries reader, RecordingFormat format)
    {
        var size = $"{NameOf(format)}, {NumberText.Size(reader.ReadBytes)}";
        return reader.Plx is not { } plx ? size
            : $"{size}, {StateOf(plx)}, begun {plx.Header?.CreatedAt.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss} UTC, "
                + (!plx.WasClosed ? "NOT CLOSED: its writer was killed, or still writes"
                    : reader.Losses == default ? "whole" : "DAMAGED");
    }

    private static void WriteRecording(Utf8JsonWriter json, CheckedEntries reader, RecordingFormat format, long shadows)
    {
        json.WriteStartObject("recording");
        json.WriteString("format", NameOf(format));
        json.WriteNumber("bytes", reader.ReadBytes);
        json.WriteNumber("shadows", shadows);
        json.WriteNumber("leftOutBytes", reader.Losses.LeftOutBytes);
        json.WriteNumber("lostExchanges", reader.Losses.LostEntries);
        if (reader.Losses.Problem is { } problem)
        {
            json.WriteString("problem", problem);
        }

        CounterJson.Write(json, "leftOut", reader.LeftOut, index => LeftOutReasons.NameOf((LeftOutReason)index));
        if (reader.Plx is { } plx)
        {
            json.WriteString("state", StateOf(plx));
            json.WriteBoolean("closed", plx.WasClosed);
        }

        json.WriteEndObject();
    }

    // What was read, and how.
    private readonly record struct Inspected(CheckedEntries Reader, RecordingFormat Format, long Shadows);

    private static string StateOf(PlxReader reader) => reader.Header?.Redaction switch
    {
        RedactionState.Raw => "raw",
        RedactionState.Redacted => "redacted",
        _ => "header damaged",
    };

    private static string NameOf(RecordingFormat format) =>
        format == RecordingFormat.JsonLines ? ".jsonl" : "." + format.ToString().ToLowerInvariant();
}
