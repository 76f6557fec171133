using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

public sealed class OtherProtocolsTests
{
    [Theory]
    [InlineData("\x16\x03\x01\x02\x00\x01", OtherProtocol.Tls)]
    [InlineData("\x17\x03\x03\x00\x20abc", OtherProtocol.Tls)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", OtherProtocol.Http2)]
    [InlineData("\0\0\0\x04\0\0\0\0\0", OtherProtocol.Http2)]
    [InlineData("\0\0\x03\x01\x04\0\0\0\x01" + "abc" + "\0\0\x02\0\x01\0\0\0\x01" + "hi", OtherProtocol.Http2)]
    [InlineData("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n...application/grpc", OtherProtocol.Grpc)]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", OtherProtocol.Ssh)]
    [InlineData("*1\r\n$4\r\nPING\r\n", OtherProtocol.Redis)]
    [InlineData("\0\0\0\x08\x04\xD2\x16\x2F", OtherProtocol.PostgreSql)]
    [InlineData("\0\0\0\x29\0\x03\0\0user\0me\0", OtherProtocol.PostgreSql)]
    [InlineData("\x4A\0\0\0\x0A" + "8.0.33\0", OtherProtocol.MySql)]
    [InlineData("\x30\0\0\0\x01\0\0\0\0\0\0\0\xDD\x07\0\0", OtherProtocol.MongoDb)]
    [InlineData("AMQP\0\0\x09\x01", OtherProtocol.Amqp)]
    [InlineData("\x10\x0C\0\x04MQTT\x04", OtherProtocol.Mqtt)]
    [InlineData("220 mail.example ESMTP\r\n", OtherProtocol.Smtp)]
    [InlineData("INVITE sip:a@b SIP/2.0\r\n\r\n", OtherProtocol.Sip)]
    [InlineData("RTSP/1.0 200 OK\r\n\r\n", OtherProtocol.Sip)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", OtherProtocol.Unknown)]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n", OtherProtocol.Unknown)]
    [InlineData("\0\0\x03\x01\x04\0\0\0\x01" + "ab", OtherProtocol.Unknown)]
    [InlineData("", OtherProtocol.Unknown)]
    public void Of_FirstOctets_TellTheProtocol(string octets, OtherProtocol protocol) =>
        Assert.Equal(protocol, OtherProtocols.Of(Encoding.Latin1.GetBytes(octets)));

    [Fact]
    public void Of_GrpcInHuffmanCode_IsGrpc() => Assert.Equal(
        OtherProtocol.Grpc,
        OtherProtocols.Of(
            [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0x5F, 0x8B, 0x1D, 0x75, 0xD0, 0x62, 0x0D, 0x26, 0x3D, 0x4C, 0x4D, 0x65, 0x64]));

    [Fact]
    public void Of_RandomOctets_NeverThrows()
    {
        var random = new Random(7);
        var octets = new byte[64];
        for (var round = 0; round < 20_000; round++)
        {
            random.NextBytes(octets);
            octets.AsSpan(0, random.Next(5)).Clear();
            OtherProtocols.Of(octets.AsSpan(0, random.Next(octets.Length + 1)));
        }
    }
}
