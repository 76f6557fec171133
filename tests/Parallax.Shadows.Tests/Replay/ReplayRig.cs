using System.Net;
using Parallax.Reactor.Loops;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.Shadows.Replay;
using Parallax.Traffic.Exchanges;
using Parallax.Traffic.Rewriting;

namespace Parallax.Shadows.Tests.Replay;

/// <summary>A replay to a real socket; at its end it proves that every request is accounted for and every block of memory returned.
/// </summary>
internal sealed class ReplayRig(IPEndPoint address, IReadOnlyList<ListedEntries.Entry> entries) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly OctetPool _pool = new(1L << 30, new BlockTracker());

    public ReplayTargetOptions Sending { get; init; } = new();

    public ReplayerOptions Timing { get; init; } = new() { Pace = new() { IsUnpaced = true } };

    public ShadowOptions Limits { get; init; } = new() { MaxConnections = 4096 };

    public ReplaySelection Selection { get; init; } = new(new(), ShadowMark.OfThisProcess, new Random(1));

    public TimeSpan Grace { get; init; } = Patience;

    /// <summary>True when it is stopped before it begins.</summary>
    public bool IsStopped { get; init; }

    /// <summary>Stops it.</summary>
    public CancellationTokenSource Stop { get; init; } = new();

    public Replayer? Replayer { get; private set; }

    public async Task<ReplayTargetAccount> Run()
    {
        var faults = new List<Exception>();
        using var loop = EventLoop.Create("replay", faults.Add);
        loop.Start();
        using var target = new ReplayTarget(
            loop,
            new()
            {
                Name = "replay",
                Url = new ServerUrl(false, "localhost", address.Port, address.ToString()),
                Addresses = [address],
                Rewriter = new(new() { MirrorName = "replay", TargetAuthority = address.ToString() }),
                Options = Limits,
            },
            Sending);
        Replayer = new(
            pass => new([new ListedEntries(entries)], Selection, _pool, Sending.WantsResponses, pass), target, _pool, Timing);
        var replaying = Task.Factory.StartNew(() => Replayer.Run(IsStopped ? new(true) : Stop.Token), TaskCreationOptions.LongRunning);
        await replaying.WaitAsync(Patience, CancellationToken.None);
        await target.DrainAsync(Grace, CancellationToken.None).WaitAsync(Patience, CancellationToken.None);
        loop.Dispose();
        Assert.Empty(faults);
        var account = target.Account;
        Assert.Equal((0, 0), (account.Waiting, account.Shadow.Unexplained));
        Assert.Equal((0, 0), (account.Shadow.Queued, account.Shadow.InFlight));
        Assert.Equal((0, 0), (_pool.RentedBlocks, _pool.RentedBytes));
        return account;
    }

    public void Dispose() => Stop.Dispose();
}
