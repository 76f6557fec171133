using System.Collections.Concurrent;
using System.Text;
using Parallax.Shadows.Delivery;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Tests.Delivery;

/// <summary>What the target answered, given to observers. Every test ends with the rig's proof that no block of one is lost.</summary>
public sealed class AnswersTests
{
    public static TheoryData<LoopKind> Loops => [LoopKind.Epoll, LoopKind.Managed];

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task Observers_Several_EachRetainsTheAnswerForAsLongAsItLikes(LoopKind kind)
    {
        var (first, second) = (new ConcurrentQueue<Message>(), new ConcurrentQueue<Message>());
        using var server = new TestServer(AnswerWithPath);
        await using var rig = new ShadowRig(kind, server.Address, Keeping(1 << 20), observer: Into(first) + Into(second));
        foreach (var path in new[] { "/a", "/b", "/c" })
        {
            rig.Get(path);
            Assert.Equal("200", await rig.Say());
        }

        Assert.Equal(["/a", "/b", "/c"], first.Select(Release));
        Assert.NotEqual(0, rig.Answers.RentedBlocks);
        Assert.Equal(["/a", "/b", "/c"], second.Select(Release));
        Assert.Equal(0, rig.Answers.RentedBlocks);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public async Task Observer_OfAnswersNotWantedOrTooLong_GetsNone(int keptBytes)
    {
        var answers = new ConcurrentQueue<Message>();
        using var server = new TestServer(AnswerWithPath);
        await using var rig = new ShadowRig(LoopKind.Epoll, server.Address, Keeping(keptBytes), observer: Into(answers));
        rig.Get();
        Assert.Equal("200", await rig.Say());
        Assert.Empty(answers);
    }

    [Theory]
    [MemberData(nameof(Loops))]
    public async Task AnswerThatBreaksOff_IsGivenToNobodyAndItsBlocksAreReturned(LoopKind kind)
    {
        var answers = new ConcurrentQueue<Message>();
        using var server = new TestServer(async peer =>
        {
            await peer.ReadAsync();
            await peer.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        });
        await using var rig = new ShadowRig(kind, server.Address, Keeping(1 << 20), observer: Into(answers));
        rig.Get();
        Assert.Equal("closed-early", await rig.Say());
        Assert.Empty(answers);
    }

    private static Func<ShadowOptions, ShadowOptions> Keeping(int bytes) => options => options with { KeptAnswerBytes = bytes };

    private static ShadowObserver Into(ConcurrentQueue<Message> answers) => (ShadowTargetConfig _, in ShadowOutcome outcome) =>
    {
        if (outcome.Answer is { } answer)
        {
            answers.Enqueue(answer.Retain());
        }
    };

    private static string Release(Message answer)
    {
        var text = new StringBuilder();
        foreach (var piece in answer.Content)
        {
            text.Append(Encoding.ASCII.GetString(piece.Span));
        }

        Assert.Equal((200, text.Length), (answer.Head.StatusCode, answer.BodyOctets));
        answer.Dispose();
        return text.ToString();
    }

    private static async Task AnswerWithPath(TestWire peer)
    {
        while (await peer.ReadAsync() is { } request)
        {
            var path = request.Head.Split(' ')[1];
            await peer.WriteAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{path.Length:x}\r\n{path}\r\n0\r\n\r\n");
        }
    }
}
