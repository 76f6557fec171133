using Parallax.Traffic.Queues;

namespace Parallax.Proxy.Accounts;

/// <summary>What one worker counts.</summary>
/// <remarks>requests = Σ answered by class + unanswered + in flight. Thread safety: written by the worker's thread alone, read from
/// any.</remarks>
internal sealed class ProxyCounters
{
    private readonly long[] _answered = new long[6];
    private readonly long[] _refused = new long[6];
    private readonly long[] _requestsAnsweredHere = new long[6];
    private readonly long[] _answeredHereFor = new long[LocalReasons.Count];
    private readonly long[] _cutShortFor = new long[BreakReasons.Count];
    private readonly long[] _connectionsRefusedFor = new long[ConnectionRefusals.Count];
    private long _connections;
    private long _openConnections;
    private long _requests;
    private long _unanswered;
    private long _inFlight;
    private long _broken;
    private long _malformed;
    private long _tunnels;
    private long _retries;
    private long _connects;
    private long _closedIdle;

    public long Connections => Volatile.Read(ref _connections);

    public long OpenConnections => Volatile.Read(ref _openConnections);

    public long Requests => Volatile.Read(ref _requests);

    public long Unanswered => Volatile.Read(ref _unanswered);

    public long InFlight => Volatile.Read(ref _inFlight);

    public long Broken => Volatile.Read(ref _broken);

    public long Malformed => Volatile.Read(ref _malformed);

    public long Tunnels => Volatile.Read(ref _tunnels);

    public long Retries => Volatile.Read(ref _retries);

    public long Connects => Volatile.Read(ref _connects);

    public long ClosedIdle => Volatile.Read(ref _closedIdle);

    /// <summary>Requests answered, by the first digit of the status.</summary>
    public long[] Answered => Copy(_answered);

    /// <summary>Those of them the proxy answered itself.</summary>
    public long[] AnsweredHere => Copy(_requestsAnsweredHere);

    /// <summary>The same by <see cref="LocalReason"/>.</summary>
    public long[] AnsweredHereFor => Copy(_answeredHereFor);

    /// <summary>Requests without a whole response, by <see cref="BreakReason"/>; = unanswered + broken.</summary>
    public long[] CutShortFor => Copy(_cutShortFor);

    /// <summary>Requests refused before their head was understood.</summary>
    public long[] Refused => Copy(_refused);

    /// <summary>Connections without a request that was understood, by <see cref="ConnectionRefusal"/>.</summary>
    public long[] ConnectionsRefusedFor => Copy(_connectionsRefusedFor);

    public void CountConnection() => Add(ref _connections, ref _openConnections);

    public void CountConnectionEnd() => _openConnections--;

    public void CountRequest() => Add(ref _requests, ref _inFlight);

    /// <summary>A request is over.</summary>
    /// <param name="status">Of the response that was begun; 0 for none.</param>
    /// <param name="reason">Why the proxy answered it itself; none when it did not.</param>
    /// <param name="broken">Why there is no whole response; none when there is one.</param>
    /// <param name="duration">How long it took, in nanoseconds.</param>
    public void CountEnd(int status, LocalReason reason, BreakReason broken, long duration)
    {
        _inFlight--;
        if (broken != BreakReason.None)
        {
            _broken += status == 0 ? 0 : 1;
            _cutShortFor[(int)broken]++;
        }

        if (status == 0)
        {
            _unanswered++;
            return;
        }

        var first = Math.Clamp(status / 100, 1, 5);
        _answered[first]++;
        if (reason != LocalReason.None)
        {
            _requestsAnsweredHere[first]++;
            _answeredHereFor[(int)reason]++;
        }
        else if (broken == BreakReason.None)
        {
            Latency.Record(duration);
        }
    }

    /// <summary>How long the exchanges took that a primary answered in whole.</summary>
    public LatencyHistogram Latency { get; } = new();

    public void CountRefused(int status) => _refused[status / 100]++;

    public void CountRefused(ConnectionRefusal reason) => _connectionsRefusedFor[(int)reason]++;

    public void CountMalformed() => _malformed++;

    public void CountTunnel() => _tunnels++;

    public void CountRetry() => _retries++;

    public void CountConnect() => _connects++;

    public void CountClosedIdle() => _closedIdle++;

    private static void Add(ref long first, ref long second)
    {
        first++;
        second++;
    }

    private static long[] Copy(long[] counts)
    {
        var copy = new long[counts.Length];
        for (var index = 0; index < counts.Length; index++)
        {
            copy[index] = Volatile.Read(ref counts[index]);
        }

        return copy;
    }
}
