using System.Diagnostics;
using System.Globalization;
using Parallax.Benchmarks.Load;

namespace Parallax.Benchmarks.Commands;

/// <summary>Sends the load as VXLAN datagrams, live: at a rate or as fast as it goes.</summary>
internal static class SendCommand
{
    private const long NapNanoseconds = 100_000;

    public static int Run(Switches switches)
    {
        var load = new PacketLoad(switches.Load());
        var rate = switches.Number("--rate", 0);
        var most = switches.Number("--packets", long.MaxValue);
        var duration = TimeSpan.FromSeconds(Math.Min(switches.Number("--seconds", 600), 600));
        using var sender = new DatagramSender((int)switches.Number("--port", 4789));
        var started = Stopwatch.GetTimestamp();
        while (load.Packets < most && Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < duration)
        {
            var due = rate == 0 ? long.MaxValue : (long)(elapsed.TotalSeconds * rate);
            var count = (int)Math.Clamp(Math.Min(due, most) - load.Packets, 0, DatagramSender.BatchDatagrams);
            if (count == 0)
            {
                DatagramSender.Nap(NapNanoseconds);
                continue;
            }

            SendBatch(load, sender, count);
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
        Console.WriteLine($$"""{"packets": {{load.Packets}}, "requests": {{load.Requests}}, "seconds": {{seconds}}}""");
        return 0;
    }

    private static void SendBatch(PacketLoad load, DatagramSender sender, int count)
    {
        var now = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks * 100;
        for (var i = 0; i < count; i++)
        {
            sender.SetLength(i, Frame.WriteVxlan(sender.Room(i), load.Next(now)));
        }

        sender.Send(count);
    }
}
