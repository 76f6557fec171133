using System.Net;
using Parallax.Benchmarks.Http;
using Parallax.Reactor.Connections;
using Parallax.Reactor.Loops;

namespace Parallax.Benchmarks.Commands;

/// <summary>Serves oddly until it is killed.</summary>
internal static class OddServerCommand
{
    public static int Run(Switches switches)
    {
        var oddity = Enum.Parse<Oddity>(switches.Required("--oddity"), ignoreCase: true);
        using var loop = EventLoop.Create("odd", Faults.End);
        var address = new IPEndPoint(IPAddress.Loopback, (int)switches.Number("--port", 0));
        var listener = loop.Listen(address, ListenOptions.Default, _ => new OddServer(oddity));
        loop.Start();
        Console.Error.WriteLine($"listening at {listener.LocalEndPoint}");
        new ManualResetEvent(false).WaitOne(TimeSpan.FromMinutes(10));
        return 0;
    }
}
