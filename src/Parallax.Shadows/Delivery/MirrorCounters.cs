using System.Text;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Queues;

namespace Parallax.Shadows.Delivery;

/// <summary>What the policy of one mirror decided.</summary>
/// <remarks>received = decided to mirror + not matched + not sampled + other methods + Σ dropped(reason). Thread safety: any
/// thread.</remarks>
/// <param name="sessions">Tells sessions apart; null, the default, when they are not sampled whole. All loops share it.</param>
/// <param name="mirror">What tells the mirror apart from others that share it.</param>
public sealed class MirrorCounters(SessionTable? sessions = null, string mirror = "")
{
    private readonly ulong _mirror = StableHash.Of(Encoding.UTF8.GetBytes(mirror));
    private long _sessions;
    private long _sessionsSampled;
    private long _sessionsNotCounted;
    private long _received;
    private long _notMatched;
    private long _notSampled;
    private long _otherMethods;

    /// <summary>Requests looked at.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Requests skipped because a rule denies them or none allows them.</summary>
    public long NotMatched => Volatile.Read(ref _notMatched);

    /// <summary>Requests skipped by sampling.</summary>
    public long NotSampled => Volatile.Read(ref _notSampled);

    /// <summary>Requests skipped because only safe methods are mirrored.</summary>
    public long OtherMethods => Volatile.Read(ref _otherMethods);

    /// <summary>Sessions that were drawn for: of requests that rules allow.</summary>
    public long Sessions => Volatile.Read(ref _sessions);

    /// <summary>Those that sampling selected.</summary>
    public long SessionsSampled => Volatile.Read(ref _sessionsSampled);

    /// <summary>Requests of sessions that are not counted, because there were too many.</summary>
    public long SessionsNotCounted => Volatile.Read(ref _sessionsNotCounted);

    /// <summary>Requests dropped before they were offered to a target: loop guard, tunnel, rate limit, and what a proxy lacks.</summary>
    public DropCounters Drops { get; } = new();

    /// <summary>The account as it stands.</summary>
    /// <param name="name">The mirror's name.</param>
    /// <param name="target">Where its copies go.</param>
    /// <param name="offered">How many were offered there.</param>
    public MirrorAccount AccountOf(string name, string target, long offered) => new()
    {
        Name = name,
        Target = target,
        Received = Received,
        Offered = offered,
        NotMatched = NotMatched,
        NotSampled = NotSampled,
        OtherMethods = OtherMethods,
        Sessions = Sessions,
        SessionsSampled = SessionsSampled,
        SessionsNotCounted = SessionsNotCounted,
        Dropped = Drops.ToArray(),
    };

    /// <summary>Counts a decision.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="session">The session of the request's <see cref="Draw"/>.</param>
    /// <returns>True when the request is to be mirrored.</returns>
    public bool Count(MirrorDecision decision, ulong session)
    {
        Interlocked.Increment(ref _received);
        if (session != 0 && sessions is not null)
        {
            CountSession(decision, session, sessions);
        }

        switch (decision)
        {
            case MirrorDecision.Copy:
                return true;
            case MirrorDecision.OtherMethod:
                Interlocked.Increment(ref _otherMethods);
                break;
            case MirrorDecision.NotMatched:
                Interlocked.Increment(ref _notMatched);
                break;
            case MirrorDecision.NotSampled:
                Interlocked.Increment(ref _notSampled);
                break;
            case MirrorDecision.LoopGuard:
                Drops.Count(DropReason.LoopGuard);
                break;
            case MirrorDecision.Tunnel:
                Drops.Count(DropReason.Tunnel);
                break;
            default:
                Drops.Count(DropReason.RateLimit);
                break;
        }

        return false;
    }

    /// <summary>Counts requests of other routes, which no rule allows here.</summary>
    public void CountNotMatched(long requests)
    {
        Interlocked.Add(ref _received, requests);
        Interlocked.Add(ref _notMatched, requests);
    }

    /// <summary>Takes over what another one counted.</summary>
    public void Add(MirrorCounters other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Interlocked.Add(ref _received, other.Received);
        Interlocked.Add(ref _notMatched, other.NotMatched);
        Interlocked.Add(ref _notSampled, other.NotSampled);
        Interlocked.Add(ref _otherMethods, other.OtherMethods);
        Interlocked.Add(ref _sessions, other.Sessions);
        Interlocked.Add(ref _sessionsSampled, other.SessionsSampled);
        Interlocked.Add(ref _sessionsNotCounted, other.SessionsNotCounted);
        foreach (var (reason, count) in other.Drops.ToArray().Index())
        {
            Drops.Count((DropReason)reason, count);
        }
    }

    private void CountSession(MirrorDecision decision, ulong session, SessionTable table)
    {
        var isSampled = decision is MirrorDecision.Copy or MirrorDecision.RateLimit;
        if (!isSampled && decision != MirrorDecision.NotSampled)
        {
            return;
        }

        var news = table.Add(session ^ _mirror, isSampled);
        if (news == SessionNews.None)
        {
            return;
        }

        Interlocked.Add(ref _sessions, news.HasFlag(SessionNews.IsNew) ? 1 : 0);
        Interlocked.Add(ref _sessionsSampled, news.HasFlag(SessionNews.IsSampled) ? 1 : 0);
        Interlocked.Add(ref _sessionsNotCounted, news.HasFlag(SessionNews.HasNoRoom) ? 1 : 0);
    }
}
