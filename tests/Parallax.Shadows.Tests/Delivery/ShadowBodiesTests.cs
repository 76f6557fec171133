using System.Security.Cryptography;
using Parallax.Reactor.Loops;
using Parallax.TestKit;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>Bodies of any size arrive octet for octet.</summary>
public sealed class ShadowBodiesTests
{
    public static TheoryData<LoopKind, int, bool> Bodies
    {
        get
        {
            var bodies = new TheoryData<LoopKind, int, bool>();
            foreach (var kind in Enum.GetValues<LoopKind>())
            {
                foreach (var bytes in (int[])[1, 1000, 1025, 200_000, 1 << 20, 64 << 20])
                {
                    bodies.Add(kind, bytes, false);
                    bodies.Add(kind, bytes, true);
                }
            }

            return bodies;
        }
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Offer_Body_ArrivesOctetForOctet(LoopKind kind, int bytes, bool isChunked)
    {
        var arrived = new TaskCompletionSource<RawMessage>();
        using var server = new TestServer(async peer =>
        {
            arrived.SetResult((await peer.ReadAsync())!);
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            await peer.HangAsync();
        });
        await using var rig = new ShadowRig(kind, server.Address, options => options with { QueueBytes = 1L << 30 });
        var content = ShadowRig.Octets(bytes);
        var body = isChunked ? ShadowRig.Chunked(content) : content;
        rig.Offer($"POST / HTTP/1.1\r\nHost: a\r\n{(isChunked ? "Transfer-Encoding: chunked" : $"Content-Length: {bytes}")}\r\n\r\n", body);
        Assert.Equal("200", await rig.Say());
        Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), Convert.ToHexString(SHA256.HashData((await arrived.Task).Body)));
    }

    [Fact]
    public async Task Offer_LargeBodyIntoAHangingServer_HoldsOneCopyAndLetsGo()
    {
        var network = new SimulatedNetwork();
        using var server = new SimulatedServer(network, async peer =>
        {
            await peer.ReadHeadAsync();
            await new TaskCompletionSource().Task;
        });
        await using var rig = new ShadowRig(
            network, server.Address, options => options with { ResponseTimeout = TimeSpan.FromMilliseconds(200) });
        rig.Post(ShadowRig.Octets(16 << 20));
        rig.Advance(199);
        Assert.InRange(rig.Pool.RentedBytes, 15 << 20, 17 << 20);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(1);
        Assert.Equal(["response-timeout"], rig.SaidByNow());
        Assert.Equal(0, rig.Pool.RentedBytes);
    }
}
