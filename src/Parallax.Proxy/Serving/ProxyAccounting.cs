using Parallax.Proxy.Accounts;
using Parallax.Proxy.Bounds;
using Parallax.Reactor.Connections;
using Parallax.Traffic.Queues;

namespace Parallax.Proxy.Serving;

/// <summary>Sums the workers' counters.</summary>
/// <remarks>Thread safety: any thread; a moment's view while the workers work.</remarks>
internal static class ProxyAccounting
{
    public static ProxyAccount Sum(IReadOnlyList<ProxyWorker> workers, ProxyShares shares)
    {
        var counters = workers.Select(worker => worker.Counters).ToList();
        return new ProxyAccount
        {
            Connections = counters.Sum(each => each.Connections),
            OpenConnections = counters.Sum(each => each.OpenConnections),
            Requests = counters.Sum(each => each.Requests),
            Latency = counters.Aggregate(new LatencyHistogram(), static (sum, each) => LatencyHistogram.Sum(sum, each.Latency)),
            Answered = Sum(counters.Select(each => each.Answered)),
            AnsweredHere = Sum(counters.Select(each => each.AnsweredHere)),
            AnsweredHereFor = Sum(counters.Select(each => each.AnsweredHereFor)),
            Unanswered = counters.Sum(each => each.Unanswered),
            CutShortFor = Sum(counters.Select(each => each.CutShortFor)),
            InFlight = counters.Sum(each => each.InFlight),
            Refused = Sum(counters.Select(each => each.Refused)),
            ConnectionsRefusedFor = Sum(counters.Select(each => each.ConnectionsRefusedFor)),
            Broken = counters.Sum(each => each.Broken),
            Malformed = counters.Sum(each => each.Malformed),
            Tunnels = counters.Sum(each => each.Tunnels),
            Retries = counters.Sum(each => each.Retries),
            Connects = counters.Sum(each => each.Connects),
            ClosedIdle = counters.Sum(each => each.ClosedIdle),
            Scarce = new ScarceAccount
            {
                Step = shares.Overload.Step,
                Begun = shares.Overload.Begun,
                Primaries = shares.Gate.Primaries,
                Shadows = shares.Shadows.Used,
                ClientBytes = shares.Overload.ClientBytes,
            },
            Lag = LoopLag.Sum(workers.Select(worker => worker.Loop.Counters.Lag)),
            Faults = workers.Sum(worker => worker.Loop.Counters.Faults),
            Mirrors =
            [
                .. workers.SelectMany(worker => worker.Mirrors.Tallies).Select(tally => tally.Account)
                    .GroupBy(account => (account.Name, account.Target))
                    .Select(mirror => mirror.Aggregate((sum, account) => sum.Plus(account))),
            ],
            Shadows =
            [
                .. workers.SelectMany(worker => worker.Mirrors.Accounts).GroupBy(account => account.Target)
                    .Select(cluster => cluster.Aggregate((sum, account) => sum.Plus(account))),
            ],
        };
    }

    private static long[] Sum(IEnumerable<long[]> rows)
    {
        long[] sum = [];
        foreach (var row in rows)
        {
            if (sum.Length == 0)
            {
                sum = new long[row.Length];
            }

            for (var index = 0; index < row.Length; index++)
            {
                sum[index] += row[index];
            }
        }

        return sum;
    }
}
