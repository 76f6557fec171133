using Parallax.Wire.Http1;

namespace Parallax.Traffic.Matching;

/// <summary>What a <see cref="MirrorPolicy"/> decides about a request.</summary>
public enum MirrorDecision : byte
{
    /// <summary>It is mirrored.</summary>
    Mirror,

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

/// <summary>The policy of one mirror: which requests are copied and what is changed in them.</summary>
/// <remarks>Thread safety: immutable but for the rate limit's bucket, which any thread may use; scratch room belongs to the
/// caller.</remarks>
public sealed class MirrorPolicy
{
    /// <summary>The condition; everything by default.</summary>
    public RequestMatch Match { get; init; } = RequestMatch.Any;

    /// <summary>The share of the requests that match; all by default.</summary>
    public Sampler Sampler { get; init; } = Sampler.All;

    /// <summary>The limit on the rate of the requests selected; null, the default, for none.</summary>
    public RateLimit? Rate { get; init; }

    /// <summary>Knows shadows, which are not copied again; by default those of this process alone.</summary>
    public ShadowMark Mark { get; init; } = ShadowMark.OfThisProcess;

    /// <summary>What is changed in the copy.</summary>
    public required HeadRewriter Rewriter { get; init; }

    /// <summary>Decides about one request. What guards against loops and tunnels comes first and counts whatever the rules say; the
    /// rate is charged last, for requests that would really be sent.</summary>
    /// <param name="head">The request's head.</param>
    /// <param name="octets">The octets it was read from.</param>
    /// <param name="draw">The request's one draw, see <see cref="SampleDraw"/>.</param>
    /// <param name="now">Nanoseconds of a monotonic clock.</param>
    /// <param name="scratch">The calling thread's.</param>
    public MirrorDecision Decide(MessageHead head, ReadOnlySpan<byte> octets, int draw, long now, Latin1Scratch scratch)
    {
        ArgumentNullException.ThrowIfNull(head);
        if (Mark.Made(head, octets))
        {
            return MirrorDecision.LoopGuard;
        }

        if (head.KnownMethod == KnownMethod.Connect || ChangesProtocol(head, octets))
        {
            return MirrorDecision.Tunnel;
        }

        if (!Match.Matches(head, octets, scratch))
        {
            return MirrorDecision.NotMatched;
        }

        if (!Sampler.Selects(draw))
        {
            return MirrorDecision.NotSampled;
        }

        return Rate is null || Rate.TryPass(now) ? MirrorDecision.Mirror : MirrorDecision.RateLimit;
    }

    // An offer to go on in HTTP/2 (h2c) may be ignored, so such a request is mirrored without it; one for WebSocket or anything else is
    // no use without what follows.
    private static bool ChangesProtocol(MessageHead head, ReadOnlySpan<byte> octets) =>
        head.HasUpgrade && head.TryFind(octets, "upgrade"u8, out var protocol)
        && !System.Text.Ascii.EqualsIgnoreCase(protocol.Of(octets), "h2c"u8);
}
