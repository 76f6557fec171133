using System.Buffers;
using System.Text;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Exchanges;

public sealed class MessageBuilderTests
{
    private const string Head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

    private static readonly byte[] HeadOctets = Encoding.Latin1.GetBytes(Head);

    private readonly OctetPool _pool = new(1 << 20, new BlockTracker());
    private MessageBuilder _builder;

    [Fact]
    public void Append_InAnyPieces_KeepsEveryOctet()
    {
        var random = new Random(7);
        var body = new byte[300_000];
        random.NextBytes(body);
        _builder.Begin(new OctetPool(), MessageKind.Request);
        _builder.AppendHead(HeadOctets, Http1Policy.Passive, 5);
        for (var at = 0; at < body.Length;)
        {
            var piece = Math.Min(random.Next(1, 100_000), body.Length - at);
            _builder.Append(body.AsSpan(at, piece));
            at += piece;
        }

        using var message = _builder.Seal(MessageState.Complete);
        Assert.Equal([.. HeadOctets, .. body], Messages.RawOctets(message));
        Assert.Equal(Head.Length + body.Length, message.RawOctets);
        Assert.Equal(Head, Encoding.Latin1.GetString(message.HeadOctets));
    }

    [Fact]
    public void AppendHead_SmallBodyExpected_SharesOneBlock()
    {
        using var message = Messages.Request(_pool, Head, "hello"u8);
        Assert.Equal(1, message.BlockCount);
        Assert.Equal("hello", Encoding.Latin1.GetString(message.FirstBodyOctets));
        Assert.Equal("/a", Encoding.Latin1.GetString(message.Head.Target.Of(message.HeadOctets)));
    }

    [Fact]
    public void AppendHead_NoHead_IsStoredButFalse()
    {
        _builder.Begin(_pool, MessageKind.Request);
        Assert.False(_builder.AppendHead("GET /"u8, Http1Policy.Passive));
        using var message = _builder.Seal(MessageState.Incomplete);
        Assert.Equal(5, message.RawOctets);
        Assert.True(message.HeadOctets.IsEmpty);
    }

    [Fact]
    public void AppendHead_CutShort_HasTheLinesThatAreWhole()
    {
        _builder.Begin(_pool, MessageKind.Request);
        Assert.True(_builder.AppendHead("GET /a HTTP/1.1\r\nA: b\r\nHos"u8, Http1Policy.Passive));
        using var message = _builder.Seal(MessageState.Incomplete);
        Assert.Equal((26, 1), (message.HeadOctets.Length, message.Head.FieldCount));
        Assert.Equal("/a", Encoding.Latin1.GetString(message.Head.Target.Of(message.HeadOctets)));
    }

    [Fact]
    public void AppendHead_SomethingStored_Throws()
    {
        _builder.Begin(_pool, MessageKind.Request);
        _builder.Append("x"u8);
        Assert.Throws<InvalidOperationException>(() => _builder.AppendHead(HeadOctets, Http1Policy.Passive));
        _builder.Abandon();
    }

    [Fact]
    public void AppendHead_BodyExpectedOverThePoolsLimit_SetsNoRoomAside()
    {
        var pool = new OctetPool(10_000, new BlockTracker());
        _builder.Begin(pool, MessageKind.Request);
        _builder.AppendHead(HeadOctets, Http1Policy.Passive, 60_000);
        Assert.True(pool.RentedBytes < 10_000);
        _builder.Abandon();
    }

    [Theory]
    [InlineData(Head + "hello", true, 5)]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: u\r\n\r\n", true, 5)]
    [InlineData("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", true, 2)]
    [InlineData("?", false, 0)]
    public void AppendWhole_ReadsTheHeadAndCountsTheContent(string text, bool isRead, int content)
    {
        _builder.Begin(_pool, MessageKind.Request);
        Assert.Equal(isRead, _builder.AppendWhole(Encoding.Latin1.GetBytes(text)));
        using var message = _builder.Seal(MessageState.Complete);
        Assert.Equal(content, message.BodyOctets);
        Assert.Equal(text, Encoding.Latin1.GetString(Messages.RawOctets(message)));
        Assert.Equal(isRead, !message.HeadOctets.IsEmpty);
    }

    [Fact]
    public void TryAppend_OverThePoolsLimit_IsRefusedAndKeepsWhatItHas()
    {
        var pool = new OctetPool(100_000, new BlockTracker());
        _builder = Messages.BeginPrepared(pool, Head);
        Assert.True(_builder.TryAppend(new byte[60_000]));
        var stored = _builder.RawOctets;
        Assert.False(_builder.TryAppend(new byte[60_000]));
        Assert.InRange(_builder.RawOctets, stored, 100_000);
        Assert.False(_builder.IsTruncated);
        _builder.Abandon();
        Assert.Equal(0, pool.RentedBlocks);
    }

    [Theory]
    [InlineData(MessageState.Complete, MessageState.Truncated)]
    [InlineData(MessageState.Incomplete, MessageState.IncompleteAndTruncated)]
    [InlineData(MessageState.Broken, MessageState.BrokenAndTruncated)]
    [InlineData(MessageState.BrokenAndTruncated, MessageState.BrokenAndTruncated)]
    public void AppendBody_BeyondTheLargest_CutsAndTheStateSaysSo(MessageState seen, MessageState sealedAs)
    {
        _builder.Begin(_pool, MessageKind.Request);
        _builder.AppendHead(HeadOctets, Http1Policy.Passive);
        _builder.AppendBody("abc"u8, 4);
        Assert.False(_builder.IsTruncated);
        _builder.AppendBody("defg"u8, 4);
        _builder.AppendBody("h"u8, 4);
        Assert.True(_builder.IsTruncated);
        using var message = _builder.Seal(seen);
        Assert.Equal(Head + "abcd", Encoding.Latin1.GetString(Messages.RawOctets(message)));
        Assert.Equal(sealedAs, message.State);
    }

    [Fact]
    public void AppendBody_ThePoolIsUsedUp_CutsAndTheStateSaysSo()
    {
        var pool = new OctetPool(100_000, new BlockTracker());
        _builder.Begin(pool, MessageKind.Request);
        _builder.AppendHead(HeadOctets, Http1Policy.Passive);
        _builder.AppendBody(new byte[60_000], 1 << 20);
        _builder.AppendBody(new byte[60_000], 1 << 20);
        using var message = _builder.Seal(MessageState.Complete);
        Assert.Equal((MessageState.Truncated, Head.Length + Message.BlockBytes), (message.State, message.RawOctets));
    }

    [Fact]
    public void Seal_GivesWhatWasSet()
    {
        var digest = Enumerable.Range(0, 20).Select(octet => (byte)octet).ToArray();
        _builder.Begin(_pool, MessageKind.Response);
        (_builder.FirstOctetAt, _builder.LastOctetAt, _builder.BodyOctets) = (new(1), new(2), 3);
        using var message = _builder.Seal(MessageState.Broken, digest);
        Assert.Equal((MessageKind.Response, MessageState.Broken), (message.Kind, message.State));
        Assert.Equal((1, 2, 3), (message.FirstOctetAt.Nanoseconds, message.LastOctetAt.Nanoseconds, message.BodyOctets));
        Assert.Equal(digest, message.ContentDigest.ToArray());
    }

    [Fact]
    public void Seal_ADigestOfAnotherLength_Throws()
    {
        _builder.Begin(_pool, MessageKind.Response);
        Assert.Throws<ArgumentException>(() => _builder.Seal(MessageState.Complete, new byte[19]));
        _builder.Abandon();
    }

    [Fact]
    public void Builder_SealedOrNotBegun_RefusesEverything()
    {
        AssertRefuses();
        _builder.Begin(_pool, MessageKind.Request);
        using var message = _builder.Seal(MessageState.Complete);
        AssertRefuses();
        _builder.Abandon();
        Assert.Equal(MessageState.Complete, message.Retain().State);
        message.Dispose();
    }

    [Fact]
    public void Builder_CopiedBeforeItWasSealed_RefusesAfterIt()
    {
        _builder.Begin(_pool, MessageKind.Request);
        var copy = _builder;
        using var message = _builder.Seal(MessageState.Complete);
        Assert.Throws<InvalidOperationException>(() => copy.Append("x"u8));
        Assert.Throws<InvalidOperationException>(() => copy.Seal(MessageState.Broken));
    }

    [Fact]
    public void Writer_AfterEndHead_Refuses()
    {
        var writer = _builder.BeginPrepared(_pool, KnownMethod.Get, 100);
        writer.Write("GET / HTTP/1.1\r\n\r\n"u8);
        _builder.EndHead();
        using var message = _builder.Seal(MessageState.Complete);
        Assert.Throws<InvalidOperationException>(() => writer.Write("x"u8));
        Assert.Throws<InvalidOperationException>(() => writer.Advance(1));
    }

    [Fact]
    public void Begin_WhileBuilding_Throws()
    {
        _builder.Begin(_pool, MessageKind.Request);
        Assert.Throws<InvalidOperationException>(() => _builder.Begin(_pool, MessageKind.Request));
        _builder.Abandon();
        Assert.False(_builder.IsBuilding);
    }

    [Fact]
    public void Move_TheOtherGoesOn()
    {
        _builder.Begin(_pool, MessageKind.Request);
        var moved = _builder.Move();
        AssertRefuses();
        moved.Append("x"u8);
        using var message = moved.Seal(MessageState.Complete);
        Assert.Equal(1, message.RawOctets);
    }

    [Theory]
    [InlineData(10, 5)]
    [InlineData(10, 70_000)]
    [InlineData(500, 100)]
    [InlineData(40_000, 5)]
    public void BeginPrepared_HeadOfAnyLength_IsContiguousAndTheBodyFollows(int fieldOctets, int bodyOctets)
    {
        var head = $"HEAD / HTTP/1.1\r\nX: {new string('x', fieldOctets)}\r\n\r\n";
        var body = new byte[bodyOctets];
        new Random(1).NextBytes(body);
        var writer = _builder.BeginPrepared(_pool, KnownMethod.Head, 100);
        foreach (var octet in Encoding.Latin1.GetBytes(head))
        {
            writer.Write([octet]);
        }

        _builder.EndHead();
        _builder.Append(body);
        using (var message = _builder.Seal(MessageState.Complete))
        {
            Assert.Equal(head, Encoding.Latin1.GetString(message.HeadOctets));
            Assert.Equal([.. Encoding.Latin1.GetBytes(head), .. body], Messages.RawOctets(message));
            Assert.Equal((true, KnownMethod.Head), (message.IsPrepared, message.Method));
            Assert.Equal(head.Length + bodyOctets, message.RawOctets);
            Assert.Equal(_pool.RentedBytes, message.HeldBytes);
        }

        Assert.Equal(0, _pool.RentedBlocks);
    }

    [Theory]
    [InlineData(200, 1024)]
    [InlineData(1_100, 2048)]
    [InlineData(2_100, 4096)]
    [InlineData(33_200, 32_768 + 512)]
    [InlineData(50_000, 65_536)]
    [InlineData(98_700, 65_536 + 32_768 + 512)]
    public void BeginPrepared_LengthExpected_WastesLittle(int octets, int held)
    {
        var pool = new OctetPool();
        _builder.BeginPrepared(pool, KnownMethod.Post, octets).Write(new byte[100]);
        _builder.EndHead();
        _builder.Append(new byte[octets - 100]);
        Assert.InRange(_builder.HeldBytes, octets, held);
        Assert.Equal(pool.RentedBytes, _builder.HeldBytes);
        _builder.Abandon();
    }

    [Fact]
    public void EndHead_NothingWrittenOrNotEnded_Throws()
    {
        _builder.BeginPrepared(_pool, KnownMethod.Get, 100);
        Assert.Throws<InvalidOperationException>(() => _builder.EndHead());
        Assert.Throws<InvalidOperationException>(() => _builder.Seal(MessageState.Complete));
        _builder.Abandon();
        Assert.Equal(0, _pool.RentedBlocks);
    }

    [Fact]
    public void BuildAndDispose_SteadyState_AllocatesNothing()
    {
        var pool = new OctetPool();
        Build(pool, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Build(pool, 1000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2000);
    }

    private void Build(OctetPool pool, int times)
    {
        for (var time = 0; time < times; time++)
        {
            _builder.Begin(pool, MessageKind.Request);
            _builder.AppendHead(HeadOctets, Http1Policy.Passive, 5);
            _builder.AppendBody("hello"u8, 100);
            _builder.Seal(MessageState.Complete).Dispose();
            _builder.BeginPrepared(pool, KnownMethod.Post, 100).Write(HeadOctets);
            _builder.EndHead();
            _builder.Append("hello"u8);
            _builder.Seal(MessageState.Complete).Dispose();
        }
    }

    private void AssertRefuses()
    {
        Assert.False(_builder.IsBuilding);
        Assert.Equal(0, _builder.HeldBytes);
        Assert.Throws<InvalidOperationException>(() => _builder.Append("x"u8));
        Assert.Throws<InvalidOperationException>(() => _builder.AppendBody("x"u8, 1));
        Assert.Throws<InvalidOperationException>(() => _builder.TryAppend("x"u8));
        Assert.Throws<InvalidOperationException>(() => _builder.AppendWhole("x"u8));
        Assert.Throws<InvalidOperationException>(() => _builder.EndHead());
        Assert.Throws<InvalidOperationException>(() => _builder.BodyOctets = 1);
        Assert.Throws<InvalidOperationException>(() => _builder.Seal(MessageState.Complete));
    }
}
