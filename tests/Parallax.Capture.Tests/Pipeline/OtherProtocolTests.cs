using Parallax.TestKit;
using Parallax.Wire.Http1;

namespace Parallax.Capture.Tests.Pipeline;

/// <summary>What the account says of connections that are not HTTP/1.</summary>
public sealed class OtherProtocolTests
{
    private const string Get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    private const string Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    [Theory]
    [InlineData("\x16\x03\x01\x00\x05hello", "\x16\x03\x03\x00\x02ok", OtherProtocol.Tls)]
    [InlineData(Preface, "\0\0\0\x04\0\0\0\0\0", OtherProtocol.Http2)]
    [InlineData("nobody knows\x01\x02", "this\x01", OtherProtocol.Unknown)]
    public void NotHttp1_IsCountedOnceByKind(string client, string server, OtherProtocol protocol) => Assert.Equal(
        [(protocol, 1L)], Counted(new FlowScript().Handshake().Client(client).Server(server).Client(client).Server(server).Fin()));

    [Fact]
    public void GrpcContentTypeInALaterSegment_IsGrpc() => Assert.Equal(
        [(OtherProtocol.Grpc, 1L)],
        Counted(new FlowScript().Handshake().Client(Preface).Server("\0\0\0\x04\0\0\0\0\0").Client("...application/grpc+proto...").Fin()));

    [Theory]
    [InlineData("websocket", OtherProtocol.WebSocket)]
    [InlineData("h2c", OtherProtocol.Http2)]
    public void Upgrade_IsCountedByWhatItBecomes(string upgrade, OtherProtocol protocol) => Assert.Equal(
        [(protocol, 1L)],
        Counted(new FlowScript().Handshake().Client(Get)
            .Server($"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {upgrade}\r\n\r\n").Client("\x81\x82").Fin()));

    [Fact]
    public void Http1_IsNotCounted() => Assert.Empty(
        Counted(new FlowScript().Handshake().Client(Get).Server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n\x16\x03\x01\x01\x01").Fin()));

    private static IEnumerable<(OtherProtocol, long)> Counted(FlowScript script) => Tap.Watch(script).Counters.OtherProtocols
        .Select((count, index) => ((OtherProtocol)index, count)).Where(each => each.count > 0);
}
