using System.CommandLine;
using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Files;
using Parallax.Runs.Capturing;
using Parallax.Runs.Running;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax inspect FILE…</c>: what is in a capture, of one file or several, or in a recording.</summary>
internal static class InspectCommand
{
    private const string Description = "Shows what is in a capture file or a recording: endpoints, rates, sizes, status, latency, losses.";

    private const string Examples = """
          parallax inspect incident.pcap
              endpoints with counts, status classes and latency, and what could not be used
          parallax inspect incident.pcap.gz --tsv
              one row an exchange
          parallax inspect ring_*.pcapng
              several files are one capture, merged by time: a connection goes on in the next file
          parallax inspect monday.plx
              the same of a recording, and whether it is whole
          tcpdump -w - port 80 | parallax inspect -
        """;

    public static CommandWithExamples Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "pcap or pcapng files of one capture, or a .plx, .gor or .har file, plain or gzip; - for standard input",
            Arity = ArgumentArity.OneOrMore,
        };
        var tsv = new Option<bool>("--tsv") { Description = "one row an exchange, tab-separated" };
        var json = new Option<bool>("--json") { Description = "one JSON object" };
        var top = Setting.Count("--top", "endpoints shown", 20);
        var quiet = new Option<bool>("--quiet", "-q") { Description = "no progress on standard error" };
        var command = new Command("inspect", Description) { files, tsv, json, top.Option, quiet };
        var memory = new MemorySwitch();
        memory.AddTo(command);
        command.SetAction(parsed =>
        {
            try
            {
                memory.Limit(parsed);
            }
            catch (RunException fault)
            {
                Console.Error.WriteLine($"parallax: {fault.Message}");
                return ExitCode.Usage;
            }

            return Run(
                parsed.GetRequiredValue(files), parsed.GetValue(tsv), parsed.GetValue(json), top.Of(parsed), parsed.GetValue(quiet));
        });
        return new(command, Examples);
    }

    private static int Run(string[] paths, bool tsv, bool json, int top, bool quiet)
    {
        using var stdout = StandardOutput.Open();

        // Not disposed of: that would write once more what could not be written.
        var output = new StreamWriter(stdout, new UTF8Encoding(false), 1 << 16);
        try
        {
            var format = paths.Length == 1 ? RecordingOf(paths[0]) : null;
            if (paths.Length > 1 && Array.Find(paths, path => RecordingOf(path) is not null) is { } recording)
            {
                Console.Error.WriteLine($"parallax: {recording}: is a recording; several files must be those of one capture");
                return ExitCode.Usage;
            }

            return format is { } known
                ? RecordingInspection.Run(output, paths[0], known, tsv, json, top, quiet)
                : Inspect(output, paths, tsv, json, top, quiet);
        }
        catch (IOException closed) when (StandardOutput.IsClosedPipe(closed))
        {
            // Nobody reads it any longer (head, less): no fault of ours.
            return ExitCode.Ok;
        }
        catch (IOException fault)
        {
            Console.Error.WriteLine($"parallax: cannot write to standard output: {fault.Message}");
            return ExitCode.Failed;
        }
    }

    private static RecordingFormat? RecordingOf(string path) =>
        path == "-" || CaptureFiles.IsCaptureFile(path) ? null : RecordingFormats.OfFile(path);

    private static int Inspect(StreamWriter output, string[] paths, bool tsv, bool json, int top, bool quiet)
    {
        using var signals = new StopSignals(TimeSpan.Zero);
        var summary = new TrafficSummary();
        var table = tsv ? new ExchangeTable(output) : null;
        try
        {
            var extraction = new ExtractionOptions { DigestContent = tsv, KeepRequestBodies = false };
            using var capture = new FileCapture(paths, extraction, new Consumer(summary, table));
            table?.WriteTitle();
            var isWanted = !quiet && !(tsv && !Console.IsOutputRedirected);
            string Progress() => $"{NumberText.Size(capture.ReadBytes)} read, {NumberText.Count(summary.Exchanges)} exchanges";
            using (new ProgressLine(Progress, isWanted))
            {
                capture.Run(signals.Token);
            }

            Report(output, summary, capture.Account, tsv, json, top);
            UnreadText.Warn(Console.Error, capture.Account);
            return signals.Token.IsCancellationRequested ? ExitCode.Interrupted : UnreadText.ExitCodeOf(capture.Account);
        }
        catch (CaptureException fault)
        {
            output.Flush();
            Console.Error.WriteLine($"parallax: {fault.Message}");
            return ExitCode.Usage;
        }
    }

    private static void Report(TextWriter output, TrafficSummary summary, CaptureAccount account, bool tsv, bool json, int top)
    {
        if (json)
        {
            SummaryJson.Write(output, summary, account);
        }
        else if (!tsv)
        {
            SummaryText.Write(output, summary, account, top);
        }

        output.Flush();
    }

    private sealed class Consumer(TrafficSummary summary, ExchangeTable? table) : ExchangeConsumer
    {
        public override void OnRequest(Message request, in RequestContext context)
        {
        }

        public override void OnExchange(Exchange exchange)
        {
            summary.Add(exchange);
            table?.Write(exchange);
        }

        public override void OnSessionEnded(long session)
        {
        }
    }
}
