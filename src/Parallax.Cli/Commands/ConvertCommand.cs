using System.CommandLine;
using Parallax.Cli.CommandLine;
using Parallax.Cli.Output;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Runs.Converting;
using Parallax.Runs.Running;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax convert IN OUT</c>: a recording or capture file in another format.</summary>
internal static class ConvertCommand
{
    private const string Description = "Writes a recording, or the exchanges in a capture file, in another format; secrets are replaced.";

    private const string Examples = """
          parallax convert requests_0.gor monday.plx
              takes over a recording of GoReplay
          parallax convert monday.plx monday.har
              for the tools that read HAR, such as browsers
          parallax convert ring_*.pcapng incident.plx
              several capture files are one capture, merged by time
          parallax convert incident.pcap.gz incident.jsonl.gz
              one JSON object an exchange: for DuckDB, Spark, ClickHouse
        """;

    public static CommandPage Create()
    {
        var files = new Argument<string[]>("IN… OUT")
        {
            Description = "a .plx, .gor, .har or .jsonl file, or the pcap or pcapng files of one capture, plain or gzip, or - for a "
                + "capture on standard input; then the file to write: " + RecordingFormats.Endings,
            Arity = ArgumentArity.OneOrMore,
        };
        var compress = RecordingSwitches.Compression("--compress", "how blocks of a .plx file are stored: none, gzip or brotli [none]");
        var raw = new Option<bool>("--keep-raw") { Description = "write secrets as they are; only the owner may read the file" };
        var keep = RecordingSwitches.KeptHeaders();
        var opaque = RecordingSwitches.KeepsOpaque();
        var force = new Option<bool>("--force") { Description = "write over a file that is there already" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "no progress, warnings or result on standard error" };
        var selection = new SelectionSwitches("write");
        var page = new CommandPage(new("convert", Description) { files }, Examples);
        page.Add(SwitchGroup.Selected, selection.All);
        page.Add(SwitchGroup.Written, force, compress, raw, keep, opaque);
        var memory = new MemorySwitch();
        memory.AddTo(page);
        page.Add(SwitchGroup.Run, quiet);
        page.Command.SetAction(parsed =>
        {
            try
            {
                memory.Limit(parsed);
                using var signals = new StopSignals(TimeSpan.Zero);
                var named = parsed.GetRequiredValue(files);
                if (named.Length < 2)
                {
                    throw new UsageException($"OUT is missing: the file to write, {RecordingFormats.Endings}; see parallax convert --help");
                }

                var options = new ConversionOptions
                {
                    Inputs = named[..^1],
                    Output = named[^1],
                    Selection = selection.Of(parsed),
                    Coding = parsed.GetValue(compress) ?? PlxCoding.None,
                    KeepsRaw = parsed.GetValue(raw),
                    KeptHeaders = parsed.GetValue(keep) ?? [],
                    KeepsOpaque = parsed.GetValue(opaque),
                    WritesOver = parsed.GetValue(force),
                };
                return Run(options, parsed.GetValue(quiet), signals.Token);
            }
            catch (Exception fault) when (fault is RunException or RecordingException or Capture.Sources.CaptureException)
            {
                return ExitCode.Refuse(fault.Message);
            }
        });
        return page;
    }

    private static int Run(ConversionOptions options, bool isQuiet, CancellationToken stop)
    {
        using var conversion = new Conversion(options);
        string Progress() => $"{NumberText.Size(conversion.ReadBytes)} read, {NumberText.Count(conversion.Written)} exchanges written";
        try
        {
            using var progress = new ProgressLine(Progress, !isQuiet);
            conversion.Run(stop);
        }
        catch (IOException fault)
        {
            Console.Error.WriteLine($"parallax: {options.Output}: cannot be written: {fault.Message}");
            return ExitCode.Failed;
        }

        if (stop.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }

        var account = conversion.Account;
        if (account.Capture is { } capture)
        {
            UnreadText.Warn(Console.Error, capture);
        }
        else
        {
            UnreadText.Warn(Console.Error, options.Inputs[0], account.Losses);
        }

        if (!isQuiet)
        {
            ConversionText.Write(account, options.Inputs[0], options.Output);
        }

        return account.Capture is null ? UnreadText.ExitCodeOf(account.Losses) : UnreadText.ExitCodeOf(account.Capture);
    }
}
