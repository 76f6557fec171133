using Parallax.Proxy.Tests.Serving;
using Parallax.Shadows.Clients;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Queues;

namespace Parallax.Proxy.Tests.Conformance;

/// <summary>Envoy's shadow_policy_integration_test, the tests of requests whose body is still coming (tests 3 to 13 of 24).</summary>
public sealed class EnvoyStreamingTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(300);

    public static TheoryData<LoopKind> Loops => ProxyRig.Loops;

    /// <summary>RequestMirrorPolicyWithDownstreamReset.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ClientResets_BothLegsAreCut(LoopKind kind)
    {
        await using var post = await HalfSentPost.BeginAsync(kind);
        post.Client.Reset();
        Assert.True(await post.Primary.IsAtEndAsync());
        Assert.True(await post.Shadow.IsAtEndAsync());
        Assert.Equal(DropReason.Cancelled, (await post.Copies.NextAsync()).Outcome.Drop);
    }

    /// <summary>RequestMirrorPolicyWithMainUpstreamReset. A client of HTTP/1 is answered 503 where one of HTTP/2 is reset.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task PrimaryResets_TheCopyIsCut(LoopKind kind)
    {
        await using var post = await HalfSentPost.BeginAsync(kind);
        post.Primary.Reset();
        Assert.Equal(503, (await post.Client.ReadAsync())!.Status);
        Assert.True(await post.Shadow.IsAtEndAsync());
        Assert.Equal(DropReason.Cancelled, (await post.Copies.NextAsync()).Outcome.Drop);
    }

    /// <summary>RequestMirrorPolicyWithShadowUpstreamReset.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ShadowResets_ThePrimaryGoesOn(LoopKind kind)
    {
        await using var post = await HalfSentPost.BeginAsync(kind);
        post.Shadow.Reset();
        Assert.Equal(FailureReason.Reset, (await post.Copies.NextAsync()).Outcome.Failure);
        await post.SendRestAsync();
        await HalfSentPost.ReadRestAndAnswerAsync(post.Primary);
        Assert.Equal(200, (await post.Client.ReadAsync())!.Status);
    }

    /// <summary>RequestMirrorPolicyWithEarlyDownstreamTimeout.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ClientStopsInItsBody_BothLegsAreCut(LoopKind kind)
    {
        await using var post = await HalfSentPost.BeginAsync(kind, options: limits => limits with { BodyTimeout = Soon });
        Assert.Equal(408, (await post.Client.ReadAsync())!.Status);
        Assert.True(await post.Primary.IsAtEndAsync());
        Assert.True(await post.Shadow.IsAtEndAsync());
        Assert.Equal(DropReason.Cancelled, (await post.Copies.NextAsync()).Outcome.Drop);
    }

    /// <summary>RequestMirrorPolicyWithLateDownstreamTimeoutAndShadowComplete.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task PrimaryIsSilent_TheCopyIsAnsweredAllTheSame(LoopKind kind)
    {
        await using var post = await HalfSentPost.BeginAsync(kind, route => route with { Timeout = Soon });
        await post.SendRestAsync();
        await HalfSentPost.ReadRestAndAnswerAsync(post.Shadow);
        Assert.Equal(504, (await post.Client.ReadAsync())!.Status);
        Assert.Equal((ShadowResult.Answered, 200), Ended((await post.Copies.NextAsync()).Outcome));
    }

    /// <summary>RequestMirrorPolicyWithShadowOnlyTimeout. The time is the shadow's own here, not the route's.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task ShadowIsSilent_ItIsGivenUpInTime(LoopKind kind)
    {
        await using var post = await HalfSentPost.BeginAsync(
            kind, options: limits => limits with { Shadows = limits.Shadows with { ResponseTimeout = Soon } });
        await post.SendRestAsync();
        await HalfSentPost.ReadRestAndAnswerAsync(post.Primary);
        Assert.Equal(200, (await post.Client.ReadAsync())!.Status);
        Assert.Equal(FailureReason.ResponseTimeout, (await post.Copies.NextAsync()).Outcome.Failure);
    }

    /// <summary>MainRequestOverBufferLimit.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task RequestOverTheProxysLimit_IsRefusedAndNotCopied(LoopKind kind)
    {
        using var primary = new Witness();
        using var shadow = new Witness();
        var body = new string('x', 66_560);
        await using (var rig = new ProxyRig(kind, primary.Address, shadow.Address, options: limits => limits with { MaxBodyBytes = 1024 }))
        {
            Assert.Equal(413, (await rig.SendAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 66560\r\n\r\n{body}")).Status);
        }

        Assert.Empty(primary.Seen);
        Assert.Empty(shadow.Seen);
    }

    /// <summary>ShadowRequestOverBufferLimit.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public Task ShadowFallsBehindItsLimit_ItIsAbandonedAndTheClientServed(LoopKind kind) =>
        UploadPastABlockedShadowAsync(kind, bufferBytes: 1024);

    /// <summary>BackedUpConnectionBeforeShadowBegins, turned round: there the blocked shadow pauses the client until it is
    /// unblocked.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public Task ShadowsConnectionIsBlocked_ThePrimaryDoesNotWait(LoopKind kind) =>
        UploadPastABlockedShadowAsync(kind, bufferBytes: 1 << 20);

    /// <summary>ShadowRequestOverRouteBufferLimit, turned round: there a route's buffer limit ends the copy. A body of any size is copied
    /// to a shadow that keeps up.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task BodyOfAnySize_IsCopiedToAShadowThatKeepsUp(LoopKind kind)
    {
        var piece = new byte[1 << 16];
        const int Pieces = 100;
        using var primary = new ServerByHand();
        using var shadow = new ServerByHand();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address);
        using var client = await rig.ConnectAsync();
        await client.WriteAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {Pieces * piece.Length}\r\n\r\n");
        TestWire[] ends = [await primary.AcceptAsync(), await shadow.AcceptAsync()];
        foreach (var end in ends)
        {
            await end.ReadHeadAsync();
        }

        for (var sent = 0; sent < Pieces; sent++)
        {
            await client.WriteAsync(piece);
            foreach (var end in ends)
            {
                Assert.Equal(piece, await end.ReadExactlyAsync(piece.Length));
            }
        }

        foreach (var end in ends)
        {
            await end.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        }

        Assert.Equal(200, (await client.ReadAsync())!.Status);
    }

    /// <summary>RequestMirrorPolicyWithShadowBackpressure, turned round: there the primary does not end before the shadow has read. Here it
    /// does, and the shadow gets everything when it reads at last.</summary>
    [Theory]
    [MemberData(nameof(Loops))]
    public async Task SlowShadow_GetsEverythingWhenItReads(LoopKind kind)
    {
        await using var post = await HalfSentPost.BeginAsync(kind);
        await post.SendRestAsync();
        await HalfSentPost.ReadRestAndAnswerAsync(post.Primary);
        Assert.Equal(200, (await post.Client.ReadAsync())!.Status);
        await HalfSentPost.ReadRestAndAnswerAsync(post.Shadow);
        Assert.Equal((ShadowResult.Answered, 200), Ended((await post.Copies.NextAsync()).Outcome));
    }

    private static async Task UploadPastABlockedShadowAsync(LoopKind kind, int bufferBytes)
    {
        // Far more than the sockets on the way hold.
        var body = new byte[20_000_000];
        var copies = new CopyLog();
        using var primary = TestServer.Echo();
        using var shadow = new ServerByHand();
        await using var rig = new ProxyRig(kind, primary.Address, shadow.Address, options: limits => copies.In(
            limits with { Shadows = limits.Shadows with { StreamBufferBytes = bufferBytes } }));
        using var client = await rig.ConnectAsync();
        await client.WriteAsync($"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body.Length}\r\n\r\n");
        await client.WriteAsync(body);
        Assert.Equal(body.Length, (await client.ReadAsync())!.Body.Length);
        Assert.Equal(DropReason.BodyOverflow, (await copies.NextAsync()).Outcome.Drop);
    }

    private static (ShadowResult Result, int Status) Ended(ShadowOutcome outcome) => (outcome.Result, outcome.Status);
}
