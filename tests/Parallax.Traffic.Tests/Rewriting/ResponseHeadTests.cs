using System.Buffers;
using System.Text;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Rewriting;

public sealed class ResponseHeadTests
{
    [Fact]
    public void Write_NothingNamed_KeepsEveryOctet()
    {
        const string odd = "HTTP/1.1 299 Odd \u00E9\r\nX-A:  1 \r\nx-a:\t2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nEmpty:\r\n"
            + "Content-Length: 3\r\nDate: x\r\n\r\n";
        Assert.Equal(odd, Rewrite(odd));
    }

    [Fact]
    public void Write_FieldsOfTheConnection_EndHere() => Assert.Equal(
        "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\nTrailer: t\r\nConnection: keep-alive\r\n\r\n",
        Rewrite(
            "HTTP/1.1 200 OK\r\nConnection: close, x-hop\r\nKeep-Alive: 5\r\nX-Hop: 1\r\nA: b\r\nProxy-Connection: x\r\nUpgrade: h2c\r\n"
            + "Transfer-Encoding: chunked\r\nTrailer: t\r\n\r\n",
            connection: "keep-alive"));

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\n", "HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.0 200\r\n", "HTTP/1.1 200\r\n")]
    [InlineData("HTTP/1.2 200 OK\r\n", "HTTP/1.1 200 OK\r\n")]
    public void Write_Version_IsOurs(string line, string written) => Assert.Equal(written + "\r\n", Rewrite(line + "\r\n"));

    [Theory]
    [InlineData(ClientFraming.Kept, "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\n")]
    [InlineData(ClientFraming.ToTheEnd, "Transfer-Encoding: chunked\r\n", "")]
    [InlineData(ClientFraming.Chunked, "", "Transfer-Encoding: chunked\r\n")]
    public void Write_Framing_IsTheClients(ClientFraming framing, string came, string goes) =>
        Assert.Equal($"HTTP/1.1 200 OK\r\n{goes}\r\n", Rewrite($"HTTP/1.1 200 OK\r\n{came}\r\n", framing: framing));

    [Fact]
    public void Write_SwitchingProtocols_KeepsTheUpgrade() => Assert.Equal(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: k\r\nConnection: Upgrade\r\n\r\n",
        Rewrite(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: k\r\n\r\n",
            isUpgrade: true));

    [Fact]
    public void Write_ATunnelThatConnectMakes_HasNeitherUpgradeNorLength() => Assert.Equal(
        "HTTP/1.1 200 OK\r\nVia: x\r\n\r\n",
        Rewrite(
            "HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: x\r\nContent-Length: 5\r\nVia: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            framing: ClientFraming.Tunnel));

    [Fact]
    public void Write_AddedLines_ReplaceThoseOfTheSameName() => Assert.Equal(
        "HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nVary: b\r\nAccess-Control-Allow-Origin: https://x\r\nVary: Origin\r\nSet-Cookie: c\r\n\r\n",
        Rewrite(
            "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\nSet-Cookie: a\r\nVary: b\r\n\r\n",
            added: "Access-Control-Allow-Origin: https://x\r\nVary: Origin\r\nSet-Cookie: c\r\n"));

    [Fact]
    public void Write_Edits_AreCarriedOut()
    {
        Assert.True(HeaderEdit.TryParse(HeaderEditKind.Set, "Server: none", out var set, out _));
        Assert.True(HeaderEdit.TryParse(HeaderEditKind.Remove, "x-secret", out var remove, out _));
        Assert.True(HeaderEdit.TryParse(HeaderEditKind.Add, "x-more: 1", out var add, out _));
        Assert.Equal(
            "HTTP/1.1 200 OK\r\nserver: none\r\nx-more: 1\r\n\r\n",
            Rewrite("HTTP/1.1 200 OK\r\nserver: a\r\nX-Secret: b\r\n\r\n", edits: [set, remove, add]));
    }

    private static string Rewrite(
        string response,
        string connection = "",
        ClientFraming framing = ClientFraming.Kept,
        bool isUpgrade = false,
        string added = "",
        HeaderEdit[]? edits = null)
    {
        var octets = Encoding.Latin1.GetBytes(response);
        var head = new MessageHead();
        var policy = Http1Policy.Active with { LooseStartLines = true };
        Assert.Equal(HeadStatus.Complete, HeadReader.TryRead(octets, MessageKind.Response, policy, head, out _));
        var inputs = new HeadInputs
        {
            Connection = Encoding.Latin1.GetBytes(connection),
            Framing = framing,
            IsUpgrade = isUpgrade,
            AddedLines = Encoding.Latin1.GetBytes(added),
        };
        var output = new ArrayBufferWriter<byte>();
        var rewriter = edits is null ? HeadRewriter.PlainResponse : new HeadRewriter(new() { Leg = HeadLeg.Response, Edits = edits });
        rewriter.Write(head, octets, inputs, new Latin1Scratch(), output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }
}
