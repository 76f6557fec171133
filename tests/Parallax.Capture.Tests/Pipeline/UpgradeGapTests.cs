using Parallax.TestKit;

namespace Parallax.Capture.Tests.Pipeline;

/// <summary>A request is answered with 101 before its body is whole, and octets of it are never seen.</summary>
public sealed class UpgradeGapTests
{
    private const string Upgrade = "POST /chat HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 10\r\n\r\nabc";
    private const string Agreed = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

    /// <summary>How the connection ends, and what the request is then: broken off by its sender (!) or not seen whole (?).</summary>
    public static TheoryData<string, char> Ends => new()
    {
        { "fin", '!' }, { "client fin", '!' }, { "server goes on", '!' }, { "reset", '?' }, { "nothing", '?' },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Upgrade_WithAGapAfterIt_IsListedOnce(string end, char mark)
    {
        var flow = End(new FlowScript().Handshake().Client(Upgrade).Server(Agreed).Lose(1).Client("defg").Client("hijklmnop"), end);
        Assert.Equal([$"POST /chat [abc]{mark} > 101 Upgraded, GapInFlow"], Tap.Watch(flow).Exchanges);
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public void Upgrade_WithAGapAfterIt_LeavesNothingToTheNextConnections(string end, char mark)
    {
        FlowScript[] flows = [Broken(1, end), Whole(2), Broken(3, end), Whole(4)];
        var exchanges = Tap.Watch(flows).Exchanges;
        Assert.Equal(2, exchanges.Count(line => line.StartsWith("GET /a > 204", StringComparison.Ordinal)));
        Assert.Equal(2, exchanges.Count(line => line.StartsWith($"POST /chat [abc]{mark} > 101", StringComparison.Ordinal)));
    }

    private static FlowScript Broken(int number, string end) => End(
        new FlowScript(FlowEndpoints.Numbered(number)).Handshake().Client(Upgrade).Server(Agreed).Lose(1).Client("defg").Client("hijk"),
        end);

    private static FlowScript Whole(int number) => new FlowScript(FlowEndpoints.Numbered(number)).Handshake()
        .Client("GET /a HTTP/1.1\r\n\r\n").Server("HTTP/1.1 204 No\r\n\r\n").Fin();

    private static FlowScript End(FlowScript flow, string end) => end switch
    {
        "fin" => flow.Fin(),
        "client fin" => flow.ClientFin(),
        "reset" => flow.ServerReset(),
        "server goes on" => flow.Server("frames").Client("frames").Fin(),
        _ => flow,
    };
}
