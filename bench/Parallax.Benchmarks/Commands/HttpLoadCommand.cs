using System.Globalization;
using System.Net;
using System.Text.Json;
using Parallax.Benchmarks.Http;
using Parallax.Reactor.Loops;

namespace Parallax.Benchmarks.Commands;

/// <summary>Sends requests at a fixed rate and prints what the client saw.</summary>
internal static class HttpLoadCommand
{
    public static int Run(Switches switches)
    {
        var rate = switches.Number("--rate", 5000);
        var load = new ClientLoad(
            (int)switches.Number("--connections", 64),
            rate,
            rate * (switches.Number("--seconds", 5) + switches.Number("--warm-seconds", 0)),
            rate * switches.Number("--warm-seconds", 0),
            (int)switches.Number("--post-percent", 20),
            (int)switches.Number("--body-bytes", 1024));
        using var loop = EventLoop.Create("client", Faults.End);
        var client = new FixedRateClient(loop, new IPEndPoint(IPAddress.Loopback, (int)switches.Number("--port", 80)), load);
        loop.Start();
        client.RunAsync().GetAwaiter().GetResult();
        loop.Stop();
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            requests = load.Requests,
            answered = client.Statuses.Values.Sum(),
            failed = client.Failed,
            statuses = client.Statuses.ToDictionary(each => each.Key.ToString(CultureInfo.InvariantCulture), each => each.Value),
            digest = client.Digest.ToString("x16", CultureInfo.InvariantCulture),
            p50Microseconds = client.Latency.Quantile(0.5) / 1e3,
            p99Microseconds = client.Latency.Quantile(0.99) / 1e3,
            p999Microseconds = client.Latency.Quantile(0.999) / 1e3,
            maxMicroseconds = client.Latency.MaxNanoseconds / 1e3,
        }));
        return 0;
    }
}
