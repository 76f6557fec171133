using System.Buffers;
using Parallax.Benchmarks.Load;
using Parallax.Wire;
using Parallax.Wire.Packets;
using Parallax.Wire.PcapFiles;

namespace Parallax.Benchmarks.Commands;

/// <summary>Writes a capture file of a given size.</summary>
internal static class GenerateCommand
{
    private const long FirstNanoseconds = 1_795_248_000_000_000_000; // 2026-11-21T08:00:00Z
    private const long NanosecondsBetweenPackets = 10_000;

    public static int Run(Switches switches)
    {
        var load = new PacketLoad(switches.Load());
        var wraps = switches.Has("--vxlan");
        var wanted = switches.Number("--megabytes", 100) * 1_000_000;
        var buffer = new ArrayBufferWriter<byte>(1 << 20);
        var frame = new byte[PacketLoad.MaxFrameBytes];
        using var file = File.Create(switches.Required("--file"));
        PcapWriter.WriteFileHeader(buffer, LinkType.Ethernet);
        while (file.Position < wanted)
        {
            while (buffer.WrittenCount < 1 << 19)
            {
                var now = FirstNanoseconds + (load.Packets * NanosecondsBetweenPackets);
                var segment = load.Next(now);
                var length = wraps ? Frame.WriteWrapped(frame, segment) : Frame.WritePlain(frame, segment);
                PcapWriter.WritePacket(buffer, new Timestamp(now), frame.AsSpan(0, length), length);
            }

            file.Write(buffer.WrittenSpan);
            buffer.ResetWrittenCount();
        }

        Console.WriteLine($$"""{"packets": {{load.Packets}}, "requests": {{load.Requests}}, "octets": {{file.Position}}}""");
        return 0;
    }
}
