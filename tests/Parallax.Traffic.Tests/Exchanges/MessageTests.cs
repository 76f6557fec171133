using System.Buffers;
using System.Text;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Exchanges;

public sealed class MessageTests
{
    private const string Head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

    private readonly OctetPool _pool = new(1 << 20, new BlockTracker());

    [Fact]
    public void Append_InAnyPieces_KeepsEveryOctet()
    {
        var random = new Random(7);
        var body = new byte[300_000];
        random.NextBytes(body);
        using var message = Message.Rent(new OctetPool(), MessageKind.Request);
        message.AppendHead(Encoding.Latin1.GetBytes(Head), Http1Policy.Passive, 5);
        for (var at = 0; at < body.Length;)
        {
            var piece = Math.Min(random.Next(1, 100_000), body.Length - at);
            message.Append(body.AsSpan(at, piece));
            at += piece;
        }

        Assert.Equal([.. Encoding.Latin1.GetBytes(Head), .. body], Messages.RawOctets(message));
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
        using var message = Message.Rent(_pool, MessageKind.Request);
        Assert.False(message.AppendHead("GET /"u8, Http1Policy.Passive));
        Assert.Equal(5, message.RawOctets);
        Assert.True(message.HeadOctets.IsEmpty);
    }

    [Fact]
    public void AppendHead_CutShort_HasTheLinesThatAreWhole()
    {
        using var message = Message.Rent(_pool, MessageKind.Request);
        Assert.True(message.AppendHead("GET /a HTTP/1.1\r\nA: b\r\nHos"u8, Http1Policy.Passive));
        Assert.Equal((26, 1), (message.HeadOctets.Length, message.Head.FieldCount));
        Assert.Equal("/a", Encoding.Latin1.GetString(message.Head.Target.Of(message.HeadOctets)));
    }

    [Fact]
    public void Dispose_LastReference_ReturnsEveryBlock()
    {
        var message = Messages.Request(_pool, Head, new byte[200_000]);
        message.Retain();
        message.Dispose();
        Assert.True(_pool.RentedBlocks > 1);
        message.Dispose();
        Assert.Equal((0, 0), (_pool.RentedBlocks, _pool.RentedBytes));
    }

    [Fact]
    public void Dispose_OnceTooOften_Throws()
    {
        var message = Messages.Request(_pool, Head);
        message.Dispose();
        Assert.Throws<ObjectDisposedException>(message.Dispose);
    }

    [Fact]
    public void Retain_AfterTheLastReference_Throws()
    {
        var message = Messages.Request(_pool, Head);
        message.Dispose();
        Assert.Throws<ObjectDisposedException>(message.Retain);
    }

    [Fact]
    public void AppendHead_BodyExpectedOverThePoolsLimit_SetsNoRoomAside()
    {
        var pool = new OctetPool(10_000, new BlockTracker());
        using var message = Message.Rent(pool, MessageKind.Request);
        message.AppendHead(Encoding.Latin1.GetBytes(Head), Http1Policy.Passive, 60_000);
        Assert.True(pool.RentedBytes < 10_000);
    }

    [Fact]
    public void TryAppend_OverThePoolsLimit_IsRefusedAndKeepsWhatItHas()
    {
        var pool = new OctetPool(100_000, new BlockTracker());
        using var message = Messages.Request(pool, Head);
        Assert.True(message.TryAppend(new byte[60_000]));
        Assert.False(message.TryAppend(new byte[60_000]));
        Assert.Equal(Head.Length + Message.BlockBytes, message.RawOctets);
    }

    [Fact]
    public void Rent_UsedBefore_IsClear()
    {
        var pool = new OctetPool();
        var first = Messages.Request(pool, Head, "hello"u8);
        first.SetContentDigest(new byte[20]);
        first.BodyOctets = 5;
        first.Dispose();
        using var second = Message.Rent(pool, MessageKind.Response);
        Assert.Same(first, second);
        Assert.Equal((0, 0, false), (second.RawOctets, second.BodyOctets, second.IsComplete));
        Assert.True(second.HeadOctets.IsEmpty && second.ContentDigest.IsEmpty);
    }

    [Fact]
    public void BuildAndDispose_SteadyState_AllocatesNothing()
    {
        var pool = new OctetPool();
        var head = Encoding.Latin1.GetBytes(Head);
        Build(pool, head, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Build(pool, head, 1000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2000);
    }

    [Fact]
    public void Exchange_Dispose_GivesBothMessagesUpOnce()
    {
        var exchange = new Exchange { Id = 1, Session = 2, Client = default, Server = default };
        var request = Messages.Request(_pool, Head);
        request.IsTruncated = true;
        exchange.SetRequest(request);
        exchange.SetResponse(Message.Rent(_pool, MessageKind.Response));
        Assert.Equal(ExchangeFlags.RequestTruncated, exchange.Flags);
        exchange.Dispose();
        exchange.Dispose();
        Assert.Equal(0, _pool.RentedBlocks);
    }

    [Fact]
    public void BlockTracker_ReturnedTwice_Throws()
    {
        var block = _pool.Rent(10);
        _pool.Return(block);
        Assert.Equal(BlockTracker.Dead, block[0]);
        Assert.Throws<InvalidOperationException>(() => _pool.Return(block));
    }

    [Theory]
    [InlineData(10, 5)]
    [InlineData(10, 70_000)]
    [InlineData(500, 100)]
    [InlineData(40_000, 5)]
    public void RentPrepared_HeadOfAnyLength_IsContiguousAndTheBodyFollows(int fieldOctets, int bodyOctets)
    {
        var head = $"HEAD / HTTP/1.1\r\nX: {new string('x', fieldOctets)}\r\n\r\n";
        var body = new byte[bodyOctets];
        new Random(1).NextBytes(body);
        using (var message = Message.RentPrepared(_pool, KnownMethod.Head, 100))
        {
            foreach (var octet in Encoding.Latin1.GetBytes(head))
            {
                message.Write([octet]);
            }

            message.EndHead();
            message.Append(body);
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
    public void RentPrepared_LengthExpected_WastesLittle(int octets, int held)
    {
        var pool = new OctetPool();
        using var message = Message.RentPrepared(pool, KnownMethod.Post, octets);
        message.Write(new byte[100]);
        message.EndHead();
        message.Append(new byte[octets - 100]);
        Assert.InRange(message.HeldBytes, octets, held);
        Assert.Equal(pool.RentedBytes, message.HeldBytes);
    }

    [Fact]
    public void EndHead_NothingWritten_Throws()
    {
        using var message = Message.RentPrepared(_pool, KnownMethod.Get, 100);
        Assert.Throws<InvalidOperationException>(message.EndHead);
    }

    [Fact]
    public void Rent_AfterAPreparedOne_IsNotPrepared()
    {
        var pool = new OctetPool();
        Messages.Prepared(pool, Head).Dispose();
        using var message = Messages.Request(pool, Head, "hello"u8);
        Assert.Equal((false, KnownMethod.Post), (message.IsPrepared, message.Method));
        Assert.Equal(Head, Encoding.Latin1.GetString(message.HeadOctets));
    }

    private static void Build(OctetPool pool, byte[] head, int times)
    {
        for (var time = 0; time < times; time++)
        {
            using var message = Message.Rent(pool, MessageKind.Request);
            message.AppendHead(head, Http1Policy.Passive, 5);
            message.Append("hello"u8);
        }
    }
}
