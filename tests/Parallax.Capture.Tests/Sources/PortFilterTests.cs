using System.Buffers;
using System.Diagnostics;
using Parallax.Capture.Sources;
using Parallax.TestKit;
using Parallax.Wire.Packets;
using Parallax.Wire.PcapFiles;

namespace Parallax.Capture.Tests.Sources;

/// <summary>The kernel's filter for <c>--port</c>, as libpcap compiles and runs it: tcpdump reads a file through it.</summary>
public sealed class PortFilterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-filter-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, byte[], bool> Packets
    {
        get
        {
            var ours = Segment(FlowEndpoints.Default, 0);
            var other = Segment(FlowEndpoints.Default with { ServerPort = 9 }, 0);
            var ours6 = Segment(FlowEndpoints.Numbered6(0), 0);
            return new()
            {
                { "IPv4", Encode.Ethernet(ours), true },
                { "IPv6", Encode.Ethernet(ours6), true },
                { "one VLAN tag", Encode.Ethernet(Segment(FlowEndpoints.Default, 7)), true },
                { "two VLAN tags", Encode.Ethernet(Segment(FlowEndpoints.Default, (8u << 12) | 7 | 0x100_0000)), true },
                { "IPv6 with a hop-by-hop header, as BIG TCP has it", WithHopByHop(Encode.Ethernet(ours6)), true },
                { "VXLAN", Encode.Underlay(4789, Encode.Vxlan(1, Encode.Ethernet(ours))), true },
                { "GENEVE", Encode.Underlay(6081, Encode.Geneve(1, Encode.Ethernet(ours))), true },
                { "another port", Encode.Ethernet(other), false },
                { "another UDP port", Encode.Underlay(9, Encode.Vxlan(1, Encode.Ethernet(ours))), false },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Packets))]
    public void For_ThePort_LetsThroughWhatMayHoldIt(string what, byte[] packet, bool passes)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/tcpdump"), "needs tcpdump");
        var file = Path.Combine(_folder, "a.pcap");
        var octets = new ArrayBufferWriter<byte>();
        PcapWriter.WriteFileHeader(octets, LinkType.Ethernet);
        PcapWriter.WritePacket(octets, new(1_700_000_000_000_000_000), packet, packet.Length);
        File.WriteAllBytes(file, octets.WrittenSpan);

        string[] arguments = ["-n", "-r", file, PortFilter.For([80, 8080], withVlans: true)];
        using var tcpdump = Process.Start(new ProcessStartInfo("/usr/bin/tcpdump", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var lines = tcpdump.StandardOutput.ReadToEnd();
        var errors = tcpdump.StandardError.ReadToEnd();
        tcpdump.WaitForExit();

        Assert.True(tcpdump.ExitCode == 0, errors);
        Assert.True(passes == lines.Length > 0, $"{what}: {lines}");
    }

    private static ScriptedSegment Segment(FlowEndpoints endpoints, uint vlans) =>
        new FlowScript(endpoints) { Vlans = vlans }.Client("GET / HTTP/1.1\r\n\r\n").Segments[0];

    // Next header 0, then a header of eight octets: TCP, no more octets, the jumbo option's padding.
    private static byte[] WithHopByHop(byte[] frame)
    {
        const int Ethernet = 14, NextHeader = Ethernet + 6, Payload = Ethernet + 40;
        var changed = (byte[])[.. frame[..Payload], 6, 0, 0xC2, 4, 0, 0, 0, 0, .. frame[Payload..]];
        changed[NextHeader] = 0;
        return changed;
    }
}
