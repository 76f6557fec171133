using System.Text;
using Parallax.Wire.Http1;

namespace Parallax.Wire.Tests.Http1;

public sealed class BodyReaderTests
{
    private const string Head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

    [Theory]
    [InlineData("0\r\n\r\n", "")]
    [InlineData("5\r\nhello\r\n000\r\n\r\n", "hello")]
    [InlineData("A\r\n0123456789\r\n1\r\nx\r\n0\r\n\r\n", "0123456789x")]
    [InlineData("5;a;b=c;d=\"e \\\" ;\"\r\nhello\r\n0;x\r\n\r\n", "hello")]
    [InlineData("5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n")]
    [InlineData("1\r\nx\r\n0\r\nTrailer: a\r\nB: \r\n\r\n", "x")]
    public void Read_SoundChunks_BothPoliciesGiveTheContent(string coded, string content)
    {
        AssertContent(Transcript.Strict, coded, content);
        AssertContent(Transcript.Loose, coded, content);
    }

    [Theory]
    [InlineData("5  \r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("  5 ;x y\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5\nhello\r\n0\n\n", "hello")]
    [InlineData("5\rhello\r\n0\r\r\n", "hello")]
    [InlineData("5x\r\nhello\r\n0,\r\n\r\n", "hello")]
    [InlineData("\f5\0\r\nhello\r\n0\r\n\r\n", "hello")]
    [InlineData("5;a=b c\r\nhello\r\n0\r\nodd\0 trailer\n\r\n", "hello")]
    [InlineData("5;\r\nhello\r\n0\r\nA: b\r\r\n\r\n", "hello")]
    public void Read_OddChunks_OnlyLooselyRead(string coded, string content)
    {
        AssertContent(Transcript.Loose, coded, content);
        Assert.NotEmpty(Transcript.OfEverySplit(MessageKind.Request, Transcript.Strict, Head + coded).Errors);
    }

    [Theory]
    [InlineData("x\r\n", Http1Error.InvalidChunkSize)]
    [InlineData("\r\n", Http1Error.InvalidChunkSize)]
    [InlineData("-1\r\n", Http1Error.InvalidChunkSize)]
    [InlineData("8000000000000000\r\n", Http1Error.ChunkSizeOverflow)]
    [InlineData("FFFFFFFFFFFFFFFFF\r\n", Http1Error.ChunkSizeOverflow)]
    [InlineData("2\r\nabc\r\n", Http1Error.InvalidChunkEnd)]
    [InlineData("2\r\nab\rc", Http1Error.InvalidChunkEnd)]
    [InlineData("2\r\nab\n", Http1Error.InvalidChunkEnd)]
    public void Read_WrongChunks_AreRefusedByBoth(string coded, Http1Error error)
    {
        Assert.Equal([error], Transcript.OfEverySplit(MessageKind.Request, Transcript.Strict, Head + coded).Errors);
        Assert.Equal([error], Transcript.OfEverySplit(MessageKind.Request, Transcript.Loose, Head + coded).Errors);
    }

    [Theory]
    [InlineData("2 \r\n", Http1Error.InvalidChunkSize)]
    [InlineData("2;\r\n", Http1Error.InvalidChunkExtension)]
    [InlineData("2;a=\r\n", Http1Error.InvalidChunkExtension)]
    [InlineData("2;a=\"b\r\n", Http1Error.InvalidChunkExtension)]
    [InlineData("2;a\n", Http1Error.InvalidChunkExtension)]
    [InlineData("2\rx", Http1Error.InvalidChunkExtension)]
    [InlineData("0x1\r\n", Http1Error.InvalidChunkSize)]
    [InlineData("0\r\n\n", Http1Error.InvalidTrailer)]
    [InlineData("0\r\nA\r\n", Http1Error.InvalidTrailer)]
    [InlineData("0\r\nA: b\n", Http1Error.InvalidTrailer)]
    [InlineData("0\r\n A: b\r\n", Http1Error.InvalidTrailer)]
    [InlineData("0\r\n\rX", Http1Error.InvalidTrailer)]
    public void Read_DoubtfulChunks_AreStrictlyRefused(string coded, Http1Error error) =>
        Assert.Equal([error], Transcript.OfEverySplit(MessageKind.Request, Transcript.Strict, Head + coded).Errors);

    [Theory]
    [InlineData("0\r\nbad: b\r\n\r\n", true)]
    [InlineData("1\r\na\r\n0\r\nA: b\r\nbad:\r\n\r\n", true)]
    [InlineData("0\r\nlong-long-long-long-long-long-lo-and-longer: b\r\n\r\n", true)]
    [InlineData("0\r\nbadly: bad\r\nba: bad: b\r\nxbad: b\r\n\r\n", false)]
    public void Read_TrailerThatThePolicyRefuses_IsInvalid(string coded, bool isRefused)
    {
        var policy = Transcript.Strict with
        {
            RefusesTrailer = name => name.SequenceEqual("bad"u8) || name.SequenceEqual("long-long-long-long-long-long-lo"u8),
        };
        Assert.Equal(isRefused ? [Http1Error.InvalidTrailer] : [], ErrorsOf(policy, coded));
    }

    [Fact]
    public void Read_OverTheLimits_SaysWhichOne()
    {
        var policy = Transcript.Strict with { MaxBodyBytes = 5, MaxChunkLineBytes = 8, MaxHeadBytes = 64 };
        Assert.Equal([Http1Error.BodyTooLarge], ErrorsOf(policy, "3\r\nabc\r\n3\r\n"));
        Assert.Equal([Http1Error.ChunkLineTooLong], ErrorsOf(policy, "3;aaaaaaaaaaa\r\n"));
        Assert.Equal([Http1Error.TrailersTooLarge], ErrorsOf(policy, $"0\r\nA: {new string('x', 64)}\r\n\r\n"));
    }

    [Fact]
    public void Read_UntilCloseOverTheLimit_IsRefused()
    {
        var policy = Transcript.Strict with { MaxBodyBytes = 5 };
        Assert.Empty(Transcript.OfEverySplit(MessageKind.Response, policy, "HTTP/1.1 200 OK\r\n\r\n12345").Errors);
        var reader = new BodyReader(BodyFraming.UntilClose, 0);
        Assert.Equal(BodyStatus.Malformed, reader.Read("123456"u8, policy, out _, out _, out var error));
        Assert.Equal(Http1Error.BodyTooLarge, error);
    }

    [Fact]
    public void Read_LastChunkSizeOf63Bits_IsTaken()
    {
        var reader = new BodyReader(BodyFraming.Chunked, 0);
        var status = reader.Read("7FFFFFFFFFFFFFFF\r\nab"u8, Transcript.Strict, out var consumed, out var content, out _);
        Assert.Equal(BodyStatus.NeedMore, status);
        Assert.Equal((20, 2), (consumed, content.Length));
    }

    [Theory]
    [InlineData("1\r\nx\r\n0\r\n\r\n", 2, false)]
    [InlineData("1\r\nx\r\n0;e\r\nA: b\r\n\r\n", 8, true)]
    public void TrailerOctets_EverySplit_AreThoseAfterTheLastChunk(string coded, int octets, bool hasTrailers)
    {
        for (var split = 0; split <= coded.Length; split++)
        {
            var reader = new BodyReader(BodyFraming.Chunked, 0);
            foreach (var piece in new[] { coded[..split], coded[split..] })
            {
                var rest = Encoding.Latin1.GetBytes(piece).AsSpan();
                while (!rest.IsEmpty)
                {
                    reader.Read(rest, Transcript.Strict, out var consumed, out _, out _);
                    rest = rest[consumed..];
                }
            }

            Assert.Equal((octets, hasTrailers, true), (reader.TrailerOctets, reader.HasTrailers, reader.IsComplete));
        }
    }

    /// <summary>A decoder too simple to be wrong against the machine, on bodies coded at random and cut at random.</summary>
    [Fact]
    public void Read_RandomChunks_AgreesWithTheObviousDecoder()
    {
        for (var seed = 0; seed < 1000; seed++)
        {
            var random = new Random(seed);
            var coded = Code(random);
            var (content, length) = Decode(coded);
            var reader = new BodyReader(BodyFraming.Chunked, 0);
            var read = new StringBuilder();
            var at = 0;
            while (!reader.IsComplete)
            {
                var piece = coded.AsSpan(at, Math.Min(random.Next(1, 40), coded.Length - at));
                Assert.NotEqual(BodyStatus.Malformed, reader.Read(piece, Transcript.Strict, out var consumed, out var range, out _));
                read.Append(Encoding.Latin1.GetString(range.Of(piece)));
                at += consumed;
            }

            Assert.Equal(content, read.ToString());
            Assert.Equal(length, at);
        }
    }

    private static byte[] Code(Random random)
    {
        var coded = new StringBuilder();
        for (var chunk = random.Next(6); chunk > 0; chunk--)
        {
            var octets = new byte[random.Next(1, 60)];
            random.NextBytes(octets);
            var extension = random.Next(3) == 0 ? ";x=\"y;z\"" : "";
            coded.Append($"{octets.Length:x3}{extension}\r\n{Encoding.Latin1.GetString(octets)}\r\n");
        }

        coded.Append(random.Next(2) == 0 ? "0\r\n\r\n" : "00\r\nA: b\r\n\r\n").Append("next");
        return Encoding.Latin1.GetBytes(coded.ToString());
    }

    private static (string Content, int Length) Decode(byte[] coded)
    {
        var text = Encoding.Latin1.GetString(coded);
        var content = "";
        var at = 0;
        while (true)
        {
            var line = text[at..text.IndexOf("\r\n", at, StringComparison.Ordinal)];
            var size = Convert.ToInt32(line.Split(';')[0], 16);
            at += line.Length + 2;
            if (size == 0)
            {
                return (content, text.IndexOf("\r\n\r\n", at - 2, StringComparison.Ordinal) + 4);
            }

            content += text.Substring(at, size);
            at += size + 2;
        }
    }

    private static void AssertContent(Http1Policy policy, string coded, string content)
    {
        var transcript = Transcript.OfEverySplit(MessageKind.Request, policy, Head + coded);
        var message = Assert.Single(transcript.Messages);
        Assert.Empty(transcript.Errors);
        Assert.Equal((content, coded), (message.Content.ToString(), message.RawBody.ToString()));
        Assert.True(message.HasEnded && !message.IsIncomplete);
    }

    private static List<Http1Error> ErrorsOf(Http1Policy policy, string coded) =>
        Transcript.OfEverySplit(MessageKind.Request, policy, Head + coded).Errors;
}
