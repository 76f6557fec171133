using Parallax.Fuzz.Engine;
using Parallax.TestKit;
using Parallax.Wire;
using Parallax.Wire.Packets;

namespace Parallax.Fuzz.Targets;

/// <summary>Packets: a number of the link type, then packets with their lengths in 16 bits before them, all through one decoder, as
/// fragments need.</summary>
internal static class PacketTarget
{
    private static readonly LinkType[] Links = Enum.GetValues<LinkType>();

    public static FuzzTarget Make() => new() { Name = "packets", Seeds = [.. Seeds()], Run = Run, MaxInputBytes = 8 << 10 };

    private static void Run(byte[] input, Outcome outcome)
    {
        if (input.Length == 0)
        {
            return;
        }

        var decoder = new PacketDecoder();
        var rest = input.AsSpan(1);
        var time = 1_700_000_000_000_000_000;
        for (var number = 0; rest.Length >= 2; number++)
        {
            var length = Math.Min(((rest[0] << 8) | rest[1]) & 0x3FFF, rest.Length - 2);
            var packet = rest.Slice(2, length);
            rest = rest[(2 + length)..];
            outcome.Add((int)Decode(decoder, input[0], packet, new(time += 1_000_000), out var segment));
            Require.That(segment.Payload.Length <= 1 << 16, "a segment is longer than IP allows");
            Require.That(segment.MissingOctets >= 0, "octets are missing in the negative");
        }

        Require.That(decoder.WaitingDatagrams >= 0, "waiting datagrams in the negative");
    }

    private static DecodeStatus Decode(
        PacketDecoder decoder, byte kind, ReadOnlySpan<byte> packet, Timestamp time, out TcpSegment segment) =>
        kind switch
        {
            254 => decoder.TryDecodeVxlan(packet, time, out segment),
            255 => decoder.TryDecodeGeneve(packet, time, out segment),
            _ => decoder.TryDecode(packet, Links[kind % Links.Length], time, packet.Length, out segment),
        };

    private static IEnumerable<byte[]> Seeds()
    {
        var segments = new FlowScript { Vlans = 0x1007 }.Handshake().Client("GET / HTTP/1.1\r\nHost: a\r\n\r\n").Segments;
        var ethernet = (byte)Array.IndexOf(Links, LinkType.Ethernet);
        yield return [ethernet, .. segments.SelectMany(segment => Framed(Encode.Ethernet(segment)))];
        yield return [254, .. segments.SelectMany(segment => Framed(Encode.Vxlan(7, Encode.Ethernet(segment))))];
        yield return [255, .. segments.SelectMany(segment => Framed(Encode.Geneve(7, Encode.Ethernet(segment), options: 8)))];
        yield return
        [
            ethernet, .. segments.SelectMany(segment => Framed(Encode.Underlay(4789, Encode.Vxlan(7, Encode.Ethernet(segment))))),
        ];
        foreach (var endpoints in (FlowEndpoints[])[FlowEndpoints.Numbered(1), FlowEndpoints.Numbered6(1)])
        {
            var large = new FlowScript(endpoints).Handshake().Client(new string('x', 200)).Segments[^1];
            yield return
            [
                ethernet, .. Encode.IpFragments(large, 64, 9).SelectMany(ip => Framed(Encode.Ethernet(large, ip))),
            ];
        }

        for (byte link = 0; link < Links.Length; link++)
        {
            yield return [link, .. Framed(Encode.Ip(segments[^1])), .. Framed([0, 0, 0, 2, 8, 0, .. Encode.Ip(segments[^1])])];
        }
    }

    private static byte[] Framed(byte[] packet) => [(byte)(packet.Length >> 8), (byte)packet.Length, .. packet];
}
