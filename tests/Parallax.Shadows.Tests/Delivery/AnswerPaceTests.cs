using System.Text;
using Parallax.Reactor.Loops;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>How long answers take that are read at a pace.</summary>
public sealed class AnswerPaceTests
{
    private const int Chunks = 100_000;
    private const int OctetsOfAChunk = 6;

    [Fact]
    public async Task LongAnswers_OfShortestChunks_TakeWhatTheirOctetsTake()
    {
        var network = new SimulatedNetwork();
        var chunks = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("1\r\nx\r\n", Chunks)));
        using var server = new SimulatedServer(network, async peer =>
        {
            while (await peer.ReadHeadAsync() is not null)
            {
                await peer.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                await peer.WriteAsync(chunks);
                await peer.WriteAsync("0\r\n\r\n");
            }
        });
        await using var rig = new ShadowRig(network, server.Address, options => options with
        {
            // Two answers of 600 kB, of which 64 KiB each are free: about ten seconds.
            LongAnswerBytesPerSecond = 2 * Chunks * OctetsOfAChunk / 10,
            ResponseTimeout = TimeSpan.FromMinutes(5),
        });
        rig.Get("/one");
        rig.Get("/two");
        rig.Advance(7_000);
        Assert.Empty(rig.SaidByNow());
        rig.Advance(4_000);
        Assert.Equal(["200", "200"], rig.SaidByNow());

        // Nothing is left behind that later answers would have to wait for.
        rig.Get("/three");
        rig.Advance(6_000);
        Assert.Equal(["200"], rig.SaidByNow());
    }
}
