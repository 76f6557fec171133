using System.Buffers.Binary;

namespace Parallax.Wire.Http1;

/// <summary>Tells by the first octets of one side of a connection which protocol that is not HTTP/1 it speaks.</summary>
/// <remarks>Thread safety: pure functions.</remarks>
public static class OtherProtocols
{
    private const int FrameHeaderLength = 9;
    private const int MaxFrameLength = 16_384; // RFC 9113 §4.2, before another limit is agreed to

    private static ReadOnlySpan<byte> HuffmanGrpc => [0x1D, 0x75, 0xD0, 0x62, 0x0D, 0x26, 0x3D, 0x4C, 0x4D, 0x65, 0x64];

    /// <summary>What <paramref name="octets"/> look like; <see cref="OtherProtocol.Unknown"/> also for HTTP/1.</summary>
    public static OtherProtocol Of(ReadOnlySpan<byte> octets) => octets switch
    {
        // | content type (8) | version 3.x (16) | length (16) |
        [>= 0x14 and <= 0x17, 3, <= 4, <= 0x41, _, ..] => OtherProtocol.Tls,
        _ when octets.StartsWith("PRI * HTTP/2.0\r\n"u8) || IsFrames(octets) => IsGrpc(octets) ? OtherProtocol.Grpc : OtherProtocol.Http2,
        _ when octets.StartsWith("SSH-"u8) => OtherProtocol.Ssh,
        [(byte)'*' or (byte)'$', >= (byte)'0' and <= (byte)'9', ..] when IsRedis(octets) => OtherProtocol.Redis,

        // | length (32) | 3.0, or the request for TLS or GSSAPI (32) |
        [0, 0, _, _, 0, 3, 0, 0, ..] or [0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F or 0x30] => OtherProtocol.PostgreSql,

        // | length (24) | number 0 (8) | protocol 10 (8) | version, 0 |
        [_, 0, 0, 0, 10, >= (byte)'3' and <= (byte)'9' or (byte)'1', ..] => OtherProtocol.MySql,

        // | length (32) | request (32) | response (32) | OP_MSG 2013, OP_QUERY 2004 or OP_REPLY 1 (32) |, little-endian
        [_, _, _, 0, _, _, _, _, _, _, _, _, 0xDD or 0xD4, 7, 0, 0, ..] => OtherProtocol.MongoDb,
        _ when octets.StartsWith("AMQP"u8) => OtherProtocol.Amqp,
        [0x10, _, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', ..] => OtherProtocol.Mqtt,
        [0x10, _, 0, 6, (byte)'M', (byte)'Q', (byte)'I', (byte)'s', ..] => OtherProtocol.Mqtt,
        [(byte)'2', (byte)'2', (byte)'0', (byte)' ' or (byte)'-', ..] => OtherProtocol.Smtp,
        _ when FirstLine(octets) is var line && (line.IndexOf("SIP/2.0"u8) >= 0 || line.IndexOf("RTSP/1.0"u8) >= 0
            || line.IndexOf("ICAP/1.0"u8) >= 0) => OtherProtocol.Sip,
        _ => OtherProtocol.Unknown,
    };

    /// <summary>What a connection becomes with a 101 response whose Upgrade says <paramref name="upgrade"/>.</summary>
    public static OtherProtocol OfUpgrade(ReadOnlySpan<byte> upgrade) =>
        System.Text.Ascii.EqualsIgnoreCase(upgrade, "websocket"u8) ? OtherProtocol.WebSocket
        : System.Text.Ascii.EqualsIgnoreCase(upgrade, "h2c"u8) ? OtherProtocol.Http2
        : OtherProtocol.Unknown;

    /// <summary>True when <paramref name="octets"/> hold gRPC's content type, plain or in the code of RFC 7541 §B.</summary>
    public static bool IsGrpc(ReadOnlySpan<byte> octets) =>
        octets.IndexOf("application/grpc"u8) >= 0
        || octets.IndexOf(HuffmanGrpc) >= 0;

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> octets)
    {
        const int Longest = 512;
        var window = octets[..Math.Min(octets.Length, Longest)];
        var end = window.IndexOf((byte)'\n');
        return end < 0 ? default : window[..end];
    }

    /// <summary>True for whole frames of HTTP/2, as a server begins, or as a segment in the middle may hold them.</summary>
    private static bool IsFrames(ReadOnlySpan<byte> octets)
    {
        const int TypeAt = 3, StreamAt = 5, Settings = 4, MaxType = 9, SettingLength = 6;
        var frames = 0;
        while (octets.Length >= FrameHeaderLength)
        {
            var length = (octets[0] << 16) | (octets[1] << 8) | octets[2];
            var type = octets[TypeAt];
            var stream = BinaryPrimitives.ReadInt32BigEndian(octets[StreamAt..]);
            var isPossible = length <= MaxFrameLength && type <= MaxType && stream >= 0
                && (type != Settings || (stream == 0 && length % SettingLength == 0));
            if (!isPossible || octets.Length < FrameHeaderLength + length)
            {
                return false;
            }

            octets = octets[(FrameHeaderLength + length)..];
            frames++;
        }

        return frames > 0 && octets.IsEmpty;
    }

    private static bool IsRedis(ReadOnlySpan<byte> octets)
    {
        var end = octets.IndexOf("\r\n"u8);
        return end is > 1 and < 8 && !octets[1..end].ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }
}
