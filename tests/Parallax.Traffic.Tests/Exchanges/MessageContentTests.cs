using System.Text;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Exchanges;

public sealed class MessageContentTests
{
    private const string ChunkedHead = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

    private readonly OctetPool _pool = new(1 << 20, new BlockTracker());
    private MessageBuilder _builder;

    public static TheoryData<string, string, string> Bodies => new()
    {
        { "5\r\nhello\r\n0\r\n\r\n", "hello", "" },
        { "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hello", "" },
        { "3;name=\"a b\"\r\nhel\r\n02 ;x\r\nlo\r\n000\r\n\r\n", "hello", "" },
        { "5\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n", "hello", "A: b\r\nC: d\r\n\r\n" },
        { "0\r\nA: b\r\n\r\n", "", "A: b\r\n\r\n" },
        { "0\r\n\r\n", "", "" },

        // Cut off: in a chunk, in its size, in the trailers, before all of it.
        { "5\r\nhello\r\n9\r\nwor", "hellowor", "" },
        { "5\r\nhello\r\n1", "hello", "" },
        { "5\r\nhello\r\n0\r\nA: b\r\n", "hello", "" },
        { "", "", "" },

        // Wrong: nothing after that is content.
        { "5\r\nhelloX\r\n5\r\nworld\r\n0\r\n\r\n", "hello", "" },

        // As old servers write it.
        { "5\nhello\n0\nA: b\n\n", "hello", "A: b\n\n" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public void ContentAndTrailers_ChunkedBodyInThreeBlocksCutAnywhere_AreTheSame(string body, string content, string trailers)
    {
        for (var first = 0; first <= body.Length; first++)
        {
            for (var second = first; second <= body.Length; second++)
            {
                var found = Chunked([body[..first], body[first..second], body[second..]]);
                Assert.Equal((content, trailers), (TextOf(found), TextOf(found.FindTrailers())));
                Assert.Equal(content.Length, found.CountOctets());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public void ContentAndTrailers_OfAMessageInTwoBlocks_AreTheSame(string body, string content, string trailers)
    {
        for (var split = 0; split <= body.Length; split++)
        {
            using var message = InTwoBlocks(ChunkedHead, body, split);
            Assert.Equal((content, trailers), (TextOf(message.Content), TextOf(message.Trailers)));
        }
    }

    [Theory]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", "hello", "hello")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 50\r\n\r\n", "hello", "hello")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "", "")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 12\r\n\r\n", "2\r\nab\r\n0\r\n\r\n", "2\r\nab\r\n0\r\n\r\n")]
    public void Content_BodyThatIsNotChunked_IsWhatIsStoredAfterTheHead(string head, string body, string content)
    {
        for (var split = 0; split <= body.Length; split++)
        {
            using var message = InTwoBlocks(head, body, split);
            Assert.Equal((content, ""), (TextOf(message.Content), TextOf(message.Trailers)));
            Assert.Equal(content.Length, message.Content.CountOctets());
        }
    }

    [Fact]
    public void Content_NoHeadOrNothingStored_IsTheRest()
    {
        _builder.Begin(_pool, MessageKind.Request);
        using (var empty = _builder.Seal(MessageState.Incomplete))
        {
            Assert.Equal(("", ""), (TextOf(empty.Content), TextOf(empty.Trailers)));
        }

        _builder.Begin(_pool, MessageKind.Request);
        _builder.Append("GET / HT"u8);
        using var message = _builder.Seal(MessageState.Incomplete);
        Assert.Equal("GET / HT", TextOf(message.Content));
    }

    [Theory]
    [InlineData(ChunkedHead, "5\r\nhello\r\n0\r\nA: b\r\n\r\n", "hello", "A: b\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", "hello", "hello", "")]
    public void Content_OfAPreparedRequest_GoesByTheHeadThatWasWritten(string head, string body, string content, string trailers)
    {
        using var message = Messages.Prepared(_pool, head, Encoding.Latin1.GetBytes(body));
        Assert.Equal((content, trailers), (TextOf(message.Content), TextOf(message.Trailers)));
    }

    [Theory]
    [InlineData(MessageState.Truncated)]
    [InlineData(MessageState.Incomplete)]
    public void Content_CutByTheLimit_IsWhatIsStored(MessageState state)
    {
        _builder.Begin(_pool, MessageKind.Request);
        _builder.AppendHead(Encoding.Latin1.GetBytes(ChunkedHead), Http1Policy.Passive);
        _builder.AppendBody("5\r\nhello\r\n5\r\nworld\r\n"u8, 15);
        using var message = _builder.Seal(state);
        Assert.Equal("hellowo", TextOf(message.Content));
        Assert.True(message.IsTruncated);
    }

    [Fact]
    public void Content_RandomChunksInRandomPieces_IsWhatWasCoded()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var content = new byte[random.Next(0, 3000)];
            random.NextBytes(content);
            var coded = Coded(content, random);
            var pieces = new List<string>();
            for (var at = 0; at < coded.Length; at += pieces[^1].Length)
            {
                pieces.Add(coded.Substring(at, Math.Min(random.Next(1, 200), coded.Length - at)));
            }

            var found = Chunked([.. pieces]);
            Assert.Equal(Encoding.Latin1.GetString(content), TextOf(found));
            Assert.Equal("T: u\r\n\r\n", TextOf(found.FindTrailers()));
        }
    }

    [Fact]
    public void Content_Walked_AllocatesNothing()
    {
        using var message = InTwoBlocks(ChunkedHead, "5\r\nhello\r\n0\r\nA: b\r\n\r\n", 6);
        var octets = Walk(message);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var time = 0; time < 1000; time++)
        {
            octets += Walk(message);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(1001 * 13, octets);
    }

    private static int Walk(Message message)
    {
        var octets = 0;
        foreach (var piece in message.Content)
        {
            octets += piece.Length;
        }

        foreach (var piece in message.Trailers)
        {
            octets += piece.Length;
        }

        return octets;
    }

    private static string Coded(byte[] content, Random random)
    {
        var coded = new StringBuilder();
        for (var at = 0; at < content.Length;)
        {
            var chunk = Math.Min(random.Next(1, 700), content.Length - at);
            coded.Append($"{chunk:x}{(random.Next(3) == 0 ? ";e=1" : "")}\r\n{Encoding.Latin1.GetString(content, at, chunk)}\r\n");
            at += chunk;
        }

        return coded.Append("0\r\nT: u\r\n\r\n").ToString();
    }

    // Nobody rented these blocks: to a reader that makes no difference.
    private static MessageContent Chunked(string[] pieces)
    {
        var blocks = pieces.Select(piece => new OctetBlock { Octets = Encoding.Latin1.GetBytes(piece) }).ToArray();
        return new(new BlockSequence(blocks, 0, pieces.Sum(piece => piece.Length)), isChunked: true);
    }

    // The first block is as long as what is expected.
    private Message InTwoBlocks(string head, string body, int split)
    {
        _builder.Begin(_pool, MessageKind.Request);
        Assert.True(_builder.AppendHead(Encoding.Latin1.GetBytes(head), Http1Policy.Passive, expected: split));
        _builder.Append(Encoding.Latin1.GetBytes(body));
        var message = _builder.Seal(MessageState.Complete);
        Assert.Equal(split == body.Length ? 1 : 2, message.BlockCount);
        return message;
    }

    private static string TextOf(MessageContent content)
    {
        var text = new StringBuilder();
        foreach (var piece in content)
        {
            Assert.False(piece.IsEmpty);
            text.Append(Encoding.Latin1.GetString(piece.Span));
        }

        return text.ToString();
    }

    private static string TextOf(BlockSequence octets)
    {
        var text = new StringBuilder();
        foreach (var piece in octets)
        {
            Assert.False(piece.IsEmpty);
            text.Append(Encoding.Latin1.GetString(piece.Span));
        }

        Assert.Equal(octets.Length, text.Length);
        return text.ToString();
    }
}
