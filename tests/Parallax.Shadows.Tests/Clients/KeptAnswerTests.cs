using System.Text;
using Parallax.Shadows.Clients;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Shadows.Tests.Clients;

public class KeptAnswerTests
{
    private const string Answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

    private readonly OctetPool _pool = new(1 << 20, new BlockTracker());

    [Fact]
    public void Answer_EverySplit_IsTheFinalResponseAsItCame()
    {
        var octets = Encoding.ASCII.GetBytes("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + Answer);
        for (var split = 0; split < octets.Length; split++)
        {
            var rig = new AnswerRig(1000, keptAnswerBytes: 1000, _pool);
            rig.Begin(KnownMethod.Get);
            rig.Receive(octets.AsSpan(0, split), out _);
            rig.Receive(octets.AsSpan(split), out _);
            using var answer = rig.TakeAnswer();
            Assert.Equal((Answer, MessageState.Complete, 3L), (TextOf(answer), answer!.State, answer.BodyOctets));
            Assert.Null(rig.TakeAnswer());
        }

        Assert.Equal(0, _pool.RentedBlocks);
    }

    [Fact]
    public void RawOctets_EverySplit_CountAllThatCameOfTheAnswerAtHand()
    {
        var octets = Encoding.ASCII.GetBytes("HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + Answer);
        for (var split = 0; split < octets.Length; split++)
        {
            var rig = new AnswerRig(1000);
            rig.Begin(KnownMethod.Get);
            rig.Receive(octets.AsSpan(0, split), out _);
            Assert.Equal(split, rig.RawOctets);
            rig.Receive(octets.AsSpan(split), out _);
            Assert.Equal(octets.Length, rig.RawOctets);
            rig.Begin(KnownMethod.Get);
            Assert.Equal(0, rig.RawOctets);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void Answer_NotWantedOrLonger_IsNotKept(int kept)
    {
        var rig = new AnswerRig(1000, kept, _pool);
        rig.Begin(KnownMethod.Get);
        Assert.Equal(AnswerProgress.Answered, rig.Receive(Encoding.ASCII.GetBytes(Answer), out _));
        Assert.Null(rig.TakeAnswer());
        Assert.Equal(0, _pool.RentedBlocks);
    }

    [Theory]
    [InlineData(3, MessageState.Complete, "abc")]
    [InlineData(2, MessageState.Truncated, "ab")]
    [InlineData(0, MessageState.Truncated, "")]
    public void Answer_ToBeCut_IsKeptToThereWhateverItsSplit(int cut, MessageState state, string body)
    {
        const string Head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
        var octets = Encoding.ASCII.GetBytes(Head + "abc");
        for (var split = 0; split <= octets.Length; split++)
        {
            var rig = new AnswerRig(1000, keptAnswerBytes: 1000, _pool, cut);
            rig.Begin(KnownMethod.Get);
            rig.Receive(octets.AsSpan(0, split), out _);
            rig.Receive(octets.AsSpan(split), out _);
            using var answer = rig.TakeAnswer();
            Assert.Equal((Head + body, state), (TextOf(answer), answer!.State));
        }
    }

    [Fact]
    public void Answer_OfTheNextRequest_ReplacesTheOneBefore()
    {
        var rig = new AnswerRig(1000, keptAnswerBytes: 1000, _pool);
        foreach (var status in new[] { "204 No Content", "304 Not Modified" })
        {
            rig.Begin(KnownMethod.Get);
            var answer = $"HTTP/1.1 {status}\r\n\r\n";
            rig.Receive(Encoding.ASCII.GetBytes(answer), out _);
            using var taken = rig.TakeAnswer();
            Assert.Equal(answer, TextOf(taken));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Answer_NobodyTakes_IsGivenUp(bool isWhole)
    {
        var rig = new AnswerRig(1000, keptAnswerBytes: 1000, _pool);
        rig.Begin(KnownMethod.Get);
        rig.Receive(Encoding.ASCII.GetBytes(isWhole ? Answer : Answer[..^8]), out _);
        Assert.NotEqual(0, _pool.RentedBlocks);
        rig.DropAnswer();
        Assert.Equal(0, _pool.RentedBlocks);
    }

    [Fact]
    public void Answer_PoolIsUsedUp_IsNotKept()
    {
        var pool = new OctetPool(100, new BlockTracker());
        var rig = new AnswerRig(1000, keptAnswerBytes: 1000, pool);
        rig.Begin(KnownMethod.Get);
        var answer = "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + new string('x', 200);
        Assert.Equal(AnswerProgress.Answered, rig.Receive(Encoding.ASCII.GetBytes(answer), out _));
        Assert.Null(rig.TakeAnswer());
        Assert.Equal(0, pool.RentedBlocks);
    }

    [Fact]
    public void Answer_LongerThanIsRead_IsTruncated()
    {
        var rig = new AnswerRig(maxResponseBytes: 10, keptAnswerBytes: 1000, _pool);
        rig.Begin(KnownMethod.Get);
        var answer = "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n" + new string('x', 200);
        Assert.Equal(AnswerProgress.Cut, rig.Receive(Encoding.ASCII.GetBytes(answer), out _));
        using var taken = rig.TakeAnswer();
        Assert.Equal(MessageState.Truncated, taken!.State);
    }

    private static string TextOf(Message? message) => Encoding.ASCII.GetString(Messages.RawOctets(message!));
}
