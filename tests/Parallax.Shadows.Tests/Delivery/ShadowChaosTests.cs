using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>Shadows that misbehave in every way at once, with and without pipelining and streams: each request has exactly one outcome, the
/// account comes out, and every block of memory is back (the rig proves it).</summary>
public sealed class ShadowChaosTests
{
    public static TheoryData<LoopKind, int, int> Mixtures
    {
        get
        {
            var mixtures = new TheoryData<LoopKind, int, int>();
            foreach (var kind in Enum.GetValues<LoopKind>())
            {
                foreach (var depth in (int[])[1, 4])
                {
                    foreach (var seed in (int[])[1, 2, 3])
                    {
                        mixtures.Add(kind, depth, seed);
                    }
                }
            }

            return mixtures;
        }
    }

    [Theory]
    [MemberData(nameof(Mixtures))]
    public async Task OnLoop_AnyMixture_EveryRequestHasOneOutcome(LoopKind kind, int depth, int seed)
    {
        using var server = new TestServer(peer => Misbehave(peer, new Random((seed * 1000) + peer.Number)));
        await using var rig = new ShadowRig(kind, server.Address, options => options with
        {
            PipelineDepth = depth,
            MaxConnections = 6,
            ResponseTimeout = TimeSpan.FromMilliseconds(60),
            QueueTimeout = TimeSpan.FromMilliseconds(400),
            MaxResponseBytes = 10_000,
            KeptAnswerBytes = 5_000,
            StreamBufferBytes = 150_000,
        });
        var random = new Random(seed);
        var streams = new List<RequestStream>();
        var accepted = 0;
        for (var round = 0; round < 200; round++)
        {
            accepted += await rig.OnLoop(() => Turn(rig, random, streams));
            accepted += random.Next(4) == 0 && rig.Get() == DropReason.None ? 1 : 0;
        }

        await rig.OnLoop(() => streams.ForEach(stream => stream.Cancel()));
        var outcomes = await rig.Next(accepted);
        Assert.Equal(accepted, outcomes.Select(outcome => outcome.Context.ExchangeId).Distinct().Count());
        Assert.Contains(outcomes, outcome => outcome.Result == ShadowResult.Answered);
        Assert.Contains(outcomes, outcome => outcome.Result == ShadowResult.Failed);
        Assert.Contains(outcomes, outcome => outcome.Drop is DropReason.Cancelled or DropReason.BodyOverflow);
        Assert.Equal(0, rig.Inbox.Account.Unexplained);
    }

    public static TheoryData<LoopKind, string, int> DeadTargets
    {
        get
        {
            var targets = new TheoryData<LoopKind, string, int>();
            foreach (var kind in Enum.GetValues<LoopKind>())
            {
                foreach (var target in (string[])["nobody", "closes", "resets", "hangs", "reads-nothing", "never-stops"])
                {
                    targets.Add(kind, target, 1);
                    targets.Add(kind, target, 8);
                }
            }

            return targets;
        }
    }

    [Theory]
    [MemberData(nameof(DeadTargets))]
    public async Task OnLoop_DeadTarget_CostsItsOwnRequestsOnly(LoopKind kind, string target, int depth)
    {
        using var server = new TestServer(peer => BeDead(peer, target));
        await using var rig = new ShadowRig(kind, target == "nobody" ? TestServer.Nobody() : server.Address, options => options with
        {
            PipelineDepth = depth,
            MaxConnections = 3,
            ResponseTimeout = TimeSpan.FromMilliseconds(50),
            QueueTimeout = TimeSpan.FromMilliseconds(100),
            MaxResponseBytes = 100_000,
            KeptAnswerBytes = 200_000,
            StreamBufferBytes = 100_000,
        });
        var accepted = await rig.OnLoop(() =>
        {
            for (var time = 0; time < 30; time++)
            {
                rig.GetPrepared();
                var stream = rig.OpenStream("POST / HTTP/1.1\r\nContent-Length: 90000\r\n\r\n")!;
                stream.TryAppend(new byte[90_000]);
                stream.Complete();
            }

            return 60;
        });
        var outcomes = await rig.Next(accepted);
        Assert.All(outcomes, outcome => Assert.True(outcome.Result != ShadowResult.Answered || outcome.IsAnswerCut));
    }

    private static async Task BeDead(TestWire peer, string target)
    {
        switch (target)
        {
            case "closes":
                break;
            case "resets":
                await peer.ReadHeadAsync();
                peer.Reset();
                break;
            case "hangs":
                await peer.HangAsync();
                break;
            case "reads-nothing":
                await new TaskCompletionSource().Task;
                break;
            default:
                await peer.ReadHeadAsync();
                await peer.WriteAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
                while (true)
                {
                    await peer.WriteAsync(new byte[64 * 1024]);
                }
        }
    }

    // Some offers, and something for every stream; what was accepted is counted.
    private static int Turn(ShadowRig rig, Random random, List<RequestStream> streams)
    {
        var accepted = 0;
        for (var count = random.Next(6); count > 0; count--)
        {
            var body = new byte[random.Next(4) == 0 ? random.Next(200_000) : 0];
            var method = random.Next(3) switch { 0 => "POST", 1 => "HEAD", _ => "GET" };
            accepted += rig.OfferPrepared($"{method} / HTTP/1.1\r\nContent-Length: {body.Length}\r\n\r\n", body) == DropReason.None ? 1 : 0;
        }

        if (random.Next(3) == 0 && rig.OpenStream("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n") is { } opened)
        {
            accepted++;
            streams.Add(opened);
        }

        streams.RemoveAll(stream => Feed(stream, random));
        return accepted;
    }

    // True when the stream is done with.
    private static bool Feed(RequestStream stream, Random random)
    {
        switch (random.Next(12))
        {
            case 0:
                stream.Cancel();
                return true;
            case 1:
                stream.TryAppend("0\r\n\r\n"u8);
                stream.Complete();
                return true;
            case 2:
                stream.TryAppend("20000\r\n"u8);
                stream.TryAppend(new byte[0x20000]);
                stream.TryAppend("\r\n"u8);
                return false;
            default:
                stream.TryAppend("5\r\nhello\r\n"u8);
                return false;
        }
    }

    private static async Task Misbehave(TestWire peer, Random random)
    {
        for (var isFirst = true; isFirst || random.Next(20) > 0; isFirst = false)
        {
            var isEarly = random.Next(8) == 0;
            if (isEarly ? await peer.ReadHeadAsync() is null : await peer.ReadAsync() is null)
            {
                return;
            }

            switch (random.Next(14))
            {
                case 0:
                    peer.Reset();
                    return;
                case 1:
                    await peer.HangAsync();
                    return;
                case 2:
                    await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
                    peer.Reset();
                    return;
                case 3:
                    await peer.WriteAsync("garbage\r\n\r\n");
                    break;
                case 4:
                    await peer.WriteAsync("HTTP/1.1 200 OK\r\n\r\nuntil the end");
                    return;
                case 5:
                    await peer.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{new string('x', 100_000)}");
                    break;
                case 6:
                    await peer.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                    return;
                case 7:
                    await peer.WriteAsync(
                        "HTTP/1.1 408 Unasked\r\nContent-Length: 0\r\n\r\nHTTP/1.1 408 Unasked\r\nContent-Length: 0\r\n\r\n");
                    break;
                default:
                    await peer.WriteAsync("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n");
                    break;
            }
        }
    }
}
