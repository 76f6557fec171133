using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Parallax.Recording.Entries;
using Parallax.Recording.Files;
using Parallax.Recording.Plx;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Benchmarks.Commands;

/// <summary>Records exchanges as fast as it goes, or writes the same octets to a plain file for comparison.</summary>
internal static class RecordCommand
{
    private const int BodyOctets = 1500;

    public static int Run(Switches switches)
    {
        var path = switches.Required("--file");
        var exchanges = switches.Number("--exchanges", 500_000);
        var coding = Enum.Parse<PlxCoding>(switches.Text("--coding") ?? "None", ignoreCase: true);
        var pool = new OctetPool();
        using var exchange = Exchange(pool);
        var processor = Environment.CpuUsage.TotalTime;
        var started = Stopwatch.GetTimestamp();
        var octets = (exchange.Request!.RawOctets + exchange.Response!.RawOctets) * exchanges;
        switch (switches.Text("--as") ?? "plx")
        {
            case "plain":
                WritePlain(path, exchange, exchanges);
                break;
            case "recorder":
                Record(path, exchange, exchanges, coding, redacts: switches.Text("--redact") is not null);
                break;
            default:
                WritePlx(path, exchange, exchanges, coding);
                break;
        }

        var wall = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(JsonSerializer.Serialize(new Dictionary<string, double>
        {
            ["wallSeconds"] = wall,
            ["cpuSeconds"] = (Environment.CpuUsage.TotalTime - processor).TotalSeconds,
            ["octets"] = octets,
            ["exchanges"] = exchanges,
            ["fileBytes"] = new FileInfo(path).Length,
        }));
        return 0;
    }

    private static void WritePlx(string path, Exchange exchange, long exchanges, PlxCoding coding)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 0);
        using var writer = new PlxWriter(file, new() { Coding = coding }, TimeProvider.System);
        for (var id = 0L; id < exchanges; id++)
        {
            writer.TryWrite(EntryFacts.Of(exchange) with { Id = id }, exchange.Request, exchange.Response);
        }

        writer.Finish();
        file.Flush(flushToDisk: true);
    }

    /// <summary>The same octets and nothing else, in pieces of the same size, synchronised as often: once at the end.</summary>
    private static void WritePlain(string path, Exchange exchange, long exchanges)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, 256 << 10);
        for (var id = 0L; id < exchanges; id++)
        {
            foreach (var message in (ReadOnlySpan<Message?>)[exchange.Request, exchange.Response])
            {
                foreach (var block in message!.Blocks)
                {
                    file.Write(block.Span);
                }
            }
        }

        file.Flush(flushToDisk: true);
    }

    private static void Record(string path, Exchange exchange, long exchanges, PlxCoding coding, bool redacts)
    {
        File.Delete(path);
        var options = new RecordingOptions
        {
            Path = path,
            Format = new() { Coding = coding, Redaction = redacts ? RedactionState.Redacted : RedactionState.Raw },
            Redactor = redacts ? new() : null,
        };
        using var recorder = new Recorder(options, TimeProvider.System, Console.Error.WriteLine);
        for (var id = 0L; id < exchanges; id++)
        {
            while (recorder.IsHalfFull)
            {
                Thread.Yield();
            }

            recorder.Offer(exchange);
        }

        recorder.Dispose();
        if (recorder.Account.Recorded != exchanges)
        {
            throw new InvalidOperationException($"{recorder.Account.Recorded} of {exchanges} recorded");
        }
    }

    private static Exchange Exchange(OctetPool pool)
    {
        var exchange = new Exchange { Id = 1, Session = 1, Client = default, Server = default };
        exchange.SetRequest(Message(pool, MessageKind.Request, "GET /orders/1?page=2 HTTP/1.1\r\nHost: shop.example\r\n"
            + "User-Agent: bench\r\nAccept: application/json\r\nAuthorization: Bearer abcdefghijklmnop\r\n\r\n", ""));
        var body = $"{{\"note\":\"{new string('x', BodyOctets)}\"}}";
        exchange.SetResponse(Message(pool, MessageKind.Response, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {body.Length}\r\nSet-Cookie: sid=abcdef; Path=/\r\n\r\n", body));
        return exchange;
    }

    private static Message Message(OctetPool pool, MessageKind kind, string head, string body)
    {
        var message = default(MessageBuilder);
        message.Begin(pool, kind);
        message.AppendHead(Encoding.ASCII.GetBytes(head), Http1Policy.Passive, body.Length);
        message.Append(Encoding.ASCII.GetBytes(body));
        message.FirstOctetAt = message.LastOctetAt = new(1_700_000_000_000_000_000);
        return message.Seal(MessageState.Complete);
    }
}
