using System.CommandLine;
using System.Text;
using Parallax.Capture.Pipeline;
using Parallax.Capture.Sources;
using Parallax.Cli.Output;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.Commands;

/// <summary><c>parallax inspect FILE</c>: what is in a capture file.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE") { Description = "a pcap or pcapng file, plain or gzip; - for standard input" };
        var tsv = new Option<bool>("--tsv") { Description = "one row an exchange, tab-separated" };
        var command = new Command("inspect", "Shows what is in a recording or capture file.") { file, tsv };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(file), parsed.GetValue(tsv), CancellationToken.None));
        return command;
    }

    private static int Run(string path, bool tsv, CancellationToken cancellationToken)
    {
        _ = tsv;
        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 1 << 16);
        try
        {
            var table = new ExchangeTable(output);
            table.WriteTitle();
            var source = PcapFileSource.Open(path, speed: null, TimeProvider.System);
            var options = new ShardOptions { Extraction = new() { DigestContent = true, MaxBodyBytes = 0 } };
            var shard = new CaptureShard(options, new OctetPool(), new ExchangeIds(), new TableConsumer(table));
            using var pipeline = new CapturePipeline([(source, shard)]);
            pipeline.Run(cancellationToken);
            return ExitCode.Ok;
        }
        catch (CaptureException fault)
        {
            Console.Error.WriteLine($"parallax: {fault.Message}");
            return ExitCode.Usage;
        }
    }

    private sealed class TableConsumer(ExchangeTable table) : ExchangeConsumer
    {
        public override void OnRequest(Message request, in RequestContext context)
        {
        }

        public override void OnExchange(Exchange exchange) => table.Write(exchange);

        public override void OnSessionEnded(long session)
        {
        }
    }
}
