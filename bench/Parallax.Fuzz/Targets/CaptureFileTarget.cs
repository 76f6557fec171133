using System.Buffers;
using System.Globalization;
using System.Text;
using Parallax.Fuzz.Engine;
using Parallax.TestKit;
using Parallax.Wire.Packets;
using Parallax.Wire.PcapFiles;

namespace Parallax.Fuzz.Targets;

/// <summary>Files of pcap and pcapng: the packets are the same however the octets arrive.</summary>
internal static class CaptureFileTarget
{
    private const int MaxPackets = 20_000;

    public static FuzzTarget Make() => new()
    {
        Name = "captures",
        Seeds = [.. Seeds(), .. SeedFiles.Real("captures", "*.pcap*", 60)],
        Run = Run,
        Words =
        [
            "\n\r\r\n", "\x4d\x3c\x2b\x1a", "\x1a\x2b\x3c\x4d", "\xd4\xc3\xb2\xa1", "\xa1\xb2\x3c\x4d", "\x06\0\0\0", "\0\0\0\x06",
            "\t\0\x01\0",
        ],
    };

    private static void Run(byte[] input, Outcome outcome)
    {
        var whole = Read(input, input.Length, outcome);
        foreach (var step in (int[])[1, 7, 100])
        {
            if (input.Length / step < 4_000)
            {
                Require.Same(whole, Read(input, step, new()), $"in steps of {step}");
            }
        }
    }

    private static string Read(byte[] input, int step, Outcome outcome)
    {
        var text = new StringBuilder();
        var reader = new CaptureFileReader();
        var (start, end, packets) = (0, 0, 0);
        while (packets < MaxPackets)
        {
            var status = reader.TryRead(input.AsSpan(start, end - start), out var consumed, out var packet);
            Require.That(consumed >= 0 && consumed <= end - start, "consumed more than there is");
            start += consumed;
            if (status == ReadStatus.Packet)
            {
                Require.That(consumed > 0, "a packet of no octets");
                packets++;
                outcome.AddCount(packet.Octets.Length);
                text.Append(CultureInfo.InvariantCulture, $"{packet.Octets.Length} {packet.OriginalLength} {(int)packet.Link} ")
                    .Append(CultureInfo.InvariantCulture, $"{packet.Time.Nanoseconds} {packet.InterfaceIndex}\n");
            }
            else if (status == ReadStatus.Malformed)
            {
                Require.That(reader.Problem is { Length: > 0 }, "nothing says what is wrong");
                outcome.Add(reader.Problem!.Length);
                return text.Append(reader.Problem).ToString();
            }
            else if (end == input.Length)
            {
                outcome.AddCount(end - start);
                return text.Append(CultureInfo.InvariantCulture, $"{end - start} left").ToString();
            }
            else
            {
                end = Math.Min(input.Length, end + step);
            }
        }

        return text.ToString();
    }

    private static IEnumerable<byte[]> Seeds()
    {
        var segments = new FlowScript().Handshake().Client("GET / HTTP/1.1\r\n\r\n").Segments;
        var pcap = new ArrayBufferWriter<byte>();
        PcapWriter.WriteFileHeader(pcap, LinkType.Ethernet);
        foreach (var segment in segments)
        {
            var packet = Encode.Ethernet(segment);
            PcapWriter.WritePacket(pcap, segment.Time, packet, packet.Length);
        }

        yield return pcap.WrittenSpan.ToArray();
        byte[] section = Block(0x0A0D0D0A, [.. U32(0x1A2B3C4D), 1, 0, 0, 0, .. U32(uint.MaxValue), .. U32(uint.MaxValue)]);
        byte[] device = Block(1, [1, 0, 0, 0, .. U32(0), 9, 0, 1, 0, 9, 0, 0, 0, 14, 0, 8, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0]);
        yield return
        [
            .. section, .. device, .. device,
            .. segments.SelectMany(segment => Enhanced(Encode.Ethernet(segment))),
            .. Block(3, [.. U32(4), 1, 2, 3, 4]), .. Block(5, [.. U32(0), .. U32(1), .. U32(2)]), .. section,
        ];
    }

    private static byte[] Enhanced(byte[] packet) => Block(
        6,
        [
            .. U32(1), .. U32(0x5F000), .. U32(7), .. U32((uint)packet.Length), .. U32((uint)packet.Length), .. packet,
            .. new byte[-packet.Length & 3],
        ]);

    private static byte[] Block(uint type, byte[] body) =>
        [.. U32(type), .. U32((uint)body.Length + 12), .. body, .. U32((uint)body.Length + 12)];

    private static byte[] U32(uint value) => BitConverter.GetBytes(value);
}
