using Parallax.TestKit;
using Parallax.Traffic.Policy;
using Parallax.Traffic.Rewriting;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Policy;

public sealed class MirrorPolicyTests
{
    [Theory]
    [InlineData("GET /api HTTP/1.1\r\n\r\n", 0, MirrorDecision.Copy)]
    [InlineData("GET /api HTTP/1.1\r\n\r\n", 500_000, MirrorDecision.NotSampled)]
    [InlineData("GET /other HTTP/1.1\r\n\r\n", 0, MirrorDecision.NotMatched)]
    [InlineData("GET /api HTTP/1.1\r\nX-Parallax-Shadow: any\r\n\r\n", 0, MirrorDecision.Copy)]
    [InlineData("GET /api HTTP/1.1\r\nX-Parallax-Shadow: any\r\nX-Parallax-Shadow-Proof: PROOF\r\n\r\n", 0, MirrorDecision.LoopGuard)]
    [InlineData("CONNECT a:443 HTTP/1.1\r\n\r\n", 0, MirrorDecision.Tunnel)]
    [InlineData("GET /api HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 0, MirrorDecision.Tunnel)]
    [InlineData("GET /api HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n", 0, MirrorDecision.Copy)]
    public void Decide_Request_IsWhatTheFirstObjectionSays(string request, int draw, MirrorDecision decision)
    {
        var proven = request.Replace("PROOF", ShadowMark.OfThisProcess.ProofOf("any"), StringComparison.Ordinal);
        var head = Messages.Head(proven, out var octets);
        Assert.Equal(decision, Policy().Decide(ExchangeFacts.Of(head, octets), Context(head, octets, draw), new MatchScratch()));
    }

    [Fact]
    public void Decide_RateUsedUp_IsRateLimit()
    {
        var head = Messages.Head("GET /api HTTP/1.1\r\n\r\n", out var octets);
        var policy = Policy(new RateLimit(1));
        Assert.Equal(MirrorDecision.Copy, policy.Decide(ExchangeFacts.Of(head, octets), default, new MatchScratch()));
        Assert.Equal(MirrorDecision.RateLimit, policy.Decide(ExchangeFacts.Of(head, octets), default, new MatchScratch()));
    }

    [Theory]
    [InlineData("GET", MirrorDecision.Copy)]
    [InlineData("HEAD", MirrorDecision.Copy)]
    [InlineData("OPTIONS", MirrorDecision.Copy)]
    [InlineData("TRACE", MirrorDecision.Copy)]
    [InlineData("POST", MirrorDecision.OtherMethod)]
    [InlineData("DELETE", MirrorDecision.OtherMethod)]
    [InlineData("PROPFIND", MirrorDecision.OtherMethod)]
    public void Decide_SafeMethodsOnly_SkipsTheOthers(string method, MirrorDecision decision)
    {
        var head = Messages.Head($"{method} / HTTP/1.1\r\n\r\n", out var octets);
        var policy = new MirrorPolicy { MirrorsSafeMethodsOnly = true };
        Assert.Equal(decision, policy.Decide(ExchangeFacts.Of(head, octets), default, new MatchScratch()));
    }

    private static MirrorPolicy Policy(RateLimit? rate = null)
    {
        Assert.True(ExchangeRule.TryParse("path:^/api", out var rule, out _));
        return new MirrorPolicy
        {
            Match = new ExchangeMatch([rule], []),
            Sampler = Sampler.OfPercent(50),
            Rate = rate,
        };
    }

    private static MirrorContext Context(MessageHead head, ReadOnlySpan<byte> octets, int draw) =>
        MirrorContext.Of(head, octets, ShadowMark.OfThisProcess, new(draw), now: 0);
}
