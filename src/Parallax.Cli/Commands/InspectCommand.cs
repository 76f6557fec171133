using System.CommandLine;
using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Runs.Capturing;
using Parallax.Runs.Running;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Policy;

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
          parallax inspect monday.plx --allow status:^5 --list
              the exchanges that were answered with 5xx, a line each
          tcpdump -w - port 80 | parallax inspect -
        """;

    public static CommandPage Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "pcap or pcapng files of one capture, or a .plx, .gor, .har or .jsonl file, plain or gzip; - for standard input",
            Arity = ArgumentArity.OneOrMore,
        };
        var tsv = new Option<bool>("--tsv") { Description = "one row an exchange, tab-separated" };
        var list = new Option<bool>("--list") { Description = "one line an exchange: number, time, status, how long it took, request" };
        var json = new Option<bool>("--json") { Description = "one JSON object" };
        var top = Setting.Count("--top", "endpoints shown", 20);
        var quiet = new Option<bool>("--quiet", "-q") { Description = "no progress on standard error" };
        var selection = new SelectionSwitches("show");
        var page = new CommandPage(new("inspect", Description) { files }, Examples);
        page.Add(SwitchGroup.Selected, selection.All);
        page.Add(SwitchGroup.Written, list, tsv, json, top.Option);
        var memory = new MemorySwitch();
        memory.AddTo(page);
        page.Add(SwitchGroup.Run, quiet);
        page.Command.SetAction(parsed =>
        {
            try
            {
                memory.Limit(parsed);
                var form = FormOf([(list, ExchangeForm.List), (tsv, ExchangeForm.Table), (json, ExchangeForm.Json)], parsed);
                var options = new InspectOptions(form, selection.Of(parsed), top.Of(parsed), parsed.GetValue(quiet));
                return Run(parsed.GetRequiredValue(files), options);
            }
            catch (RunException fault)
            {
                return ExitCode.Refuse(fault.Message);
            }
        });
        return page;
    }

    private static ExchangeForm FormOf((Option<bool> Option, ExchangeForm Form)[] forms, ParseResult parsed)
    {
        var given = forms.Where(each => parsed.GetValue(each.Option)).ToList();
        return given.Count <= 1 ? given.Select(each => each.Form).FirstOrDefault(ExchangeForm.Summary)
            : throw new UsageException($"{given[0].Option.Name} and {given[1].Option.Name} do not go together; leave one out");
    }

    private static int Run(string[] paths, InspectOptions options)
    {
        using var stdout = StandardOutput.Open();

        // Not disposed of: that would write once more what could not be written.
        var output = new StreamWriter(stdout, new UTF8Encoding(false), 1 << 16);
        try
        {
            var format = paths.Length == 1 ? RecordingOf(paths[0]) : null;
            if (paths.Length > 1 && Array.Find(paths, path => RecordingOf(path) is not null) is { } recording)
            {
                Console.Error.WriteLine(
                    $"parallax: {recording}: is a recording; inspect recordings one at a time, only the files of one capture go together");
                return ExitCode.Usage;
            }

            return format is { } known
                ? RecordingInspection.Run(output, paths[0], known, options)
                : Inspect(output, paths, options);
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

    private static int Inspect(StreamWriter output, string[] paths, InspectOptions options)
    {
        using var signals = new StopSignals(TimeSpan.Zero);
        var view = new ExchangeView(output, options, isOfRecording: false);
        try
        {
            var extraction = new ExtractionOptions
            {
                DigestContent = options.Form == ExchangeForm.Table,
                KeepRequestBodies = options.Selection.Match.FindBeyond(KnownFacts.RequestHead) is not null,
                KeepResponseBodies = options.Selection.Match.FindBeyond(KnownFacts.Request) is not null,
            };
            var consumer = new Consumer(view);
            using var capture = new FileCapture(paths, extraction, consumer);
            consumer.Capture = capture;
            view.WriteTitle();
            string Progress() => $"{NumberText.Size(capture.ReadBytes)} read, {NumberText.Count(view.Summary.Exchanges)} exchanges";
            using (new ProgressLine(Progress, options.ShowsProgress))
            {
                capture.Run(signals.Token);
            }

            Report(output, view, capture.Account, options);
            UnreadText.Warn(Console.Error, capture.Account);
            return signals.Token.IsCancellationRequested ? ExitCode.Interrupted : UnreadText.ExitCodeOf(capture.Account);
        }
        catch (CaptureException fault)
        {
            output.Flush();
            return ExitCode.Refuse(fault.Message);
        }
    }

    private static void Report(TextWriter output, ExchangeView view, CaptureAccount account, InspectOptions options)
    {
        if (options.Form == ExchangeForm.Json)
        {
            SummaryJson.Write(output, view.Summary, account);
        }
        else if (options.Form == ExchangeForm.Summary)
        {
            AccountText.WriteCapture(output, account);
            SummaryText.WriteExchanges(output, view, options);
        }

        output.Flush();
    }

    private sealed class Consumer(ExchangeView view) : ExchangeConsumer
    {
        public FileCapture? Capture { get; set; }

        public override void OnRequest(Message request, in RequestContext context)
        {
        }

        public override void OnExchange(Exchange exchange)
        {
            if (view.Wants(EntryFacts.Of(exchange), Capture!.Begin))
            {
                view.Add(exchange);
            }
        }

        public override void OnSessionEnded(long session)
        {
        }
    }
}
