using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Policy;

/// <summary>What a <see cref="MirrorPolicy"/> decides about a request.</summary>
public enum MirrorDecision : byte
{
    /// <summary>It is mirrored.</summary>
    Copy,

    /// <summary>Skipped: its method is not among those mirrored.</summary>
    OtherMethod,

    /// <summary>Skipped: a rule denies it or none allows it.</summary>
    NotMatched,

    /// <summary>Skipped: sampling did not select it.</summary>
    NotSampled,

    /// <summary>Dropped: it is itself a shadow.</summary>
    LoopGuard,

    /// <summary>Dropped: CONNECT or a protocol upgrade.</summary>
    Tunnel,

    /// <summary>Dropped: the rate limit is used up.</summary>
    RateLimit,
}

/// <summary>What policies know of a request besides its head. All mirrors of a request are given the same.</summary>
/// <param name="IsShadow">True when it is itself a shadow, see <see cref="ShadowMark"/>.</param>
/// <param name="IsTunnel">True when its connection will carry something else after it, see <see cref="AsksForTunnel"/>.</param>
/// <param name="Draw">Its one draw, see <see cref="SampleDraw"/>.</param>
/// <param name="Now">Nanoseconds of a monotonic clock.</param>
public readonly record struct MirrorContext(bool IsShadow, bool IsTunnel, Draw Draw, long Now)
{
    /// <summary>What is known of a request that was observed.</summary>
    /// <param name="head">The request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="mark">Knows shadows.</param>
    /// <param name="draw">Its one draw.</param>
    /// <param name="now">Nanoseconds of a monotonic clock.</param>
    public static MirrorContext Of(MessageHead head, ReadOnlySpan<byte> octets, ShadowMark mark, Draw draw, long now)
    {
        ArgumentNullException.ThrowIfNull(mark);
        return new(mark.Made(head, octets), AsksForTunnel(head, octets), draw, now);
    }

    /// <summary>True for CONNECT and for an upgrade: a copy is of no use without what follows. An offer to go on in HTTP/2 (h2c) may be
    /// ignored, so such a request is mirrored, without the offer.</summary>
    /// <param name="head">The request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    public static bool AsksForTunnel(MessageHead head, ReadOnlySpan<byte> octets)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head.KnownMethod == KnownMethod.Connect
            || (head.HasUpgrade && head.TryFind(octets, "upgrade"u8, out var protocol)
                && !System.Text.Ascii.EqualsIgnoreCase(protocol.Of(octets), "h2c"u8));
    }
}

/// <summary>The policy of one mirror: which requests are copied. Capture, proxy and replay ask the same one.</summary>
/// <remarks>Thread safety: immutable but for the rate limit's bucket, which any thread may use; scratch room belongs to the
/// caller.</remarks>
public sealed class MirrorPolicy
{
    /// <summary>True to mirror GET, HEAD, OPTIONS and TRACE only (RFC 9110 §9.2.1); false, the default, for every method.</summary>
    public bool MirrorsSafeMethodsOnly { get; init; }

    /// <summary>The condition; everything by default.</summary>
    public ExchangeMatch Match { get; init; } = ExchangeMatch.Any;

    /// <summary>The share of the requests that match; all by default.</summary>
    public Sampler Sampler { get; init; } = Sampler.All;

    /// <summary>The limit on the rate of the requests selected; null, the default, for none.</summary>
    public RateLimit? Rate { get; init; }

    /// <summary>Decides about one request. What guards against loops and tunnels comes first and counts whatever the rules say; the
    /// rate is charged last, for requests that would really be sent.</summary>
    /// <param name="facts">The request, or its head.</param>
    /// <param name="context">What is known of it besides.</param>
    /// <param name="scratch">The calling thread's.</param>
    public MirrorDecision Decide(in ExchangeFacts facts, in MirrorContext context, MatchScratch scratch)
    {
        if (context.IsShadow)
        {
            return MirrorDecision.LoopGuard;
        }

        if (context.IsTunnel)
        {
            return MirrorDecision.Tunnel;
        }

        if (MirrorsSafeMethodsOnly && !(facts.Head is { } head && IsSafe(head.KnownMethod)))
        {
            return MirrorDecision.OtherMethod;
        }

        if (!Match.Matches(facts, scratch))
        {
            return MirrorDecision.NotMatched;
        }

        if (!Sampler.Selects(context.Draw.Number))
        {
            return MirrorDecision.NotSampled;
        }

        return Rate is null || Rate.TryPass(context.Now) ? MirrorDecision.Copy : MirrorDecision.RateLimit;
    }

    private static bool IsSafe(KnownMethod method) =>
        method is KnownMethod.Get or KnownMethod.Head or KnownMethod.Options or KnownMethod.Trace;
}
