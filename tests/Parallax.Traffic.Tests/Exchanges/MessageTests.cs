using System.Text;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Exchanges;

public sealed class MessageTests
{
    private const string Head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

    private readonly OctetPool _pool = new(1 << 20, new BlockTracker());

    [Theory]
    [InlineData(MessageState.Complete, true, false, false, false)]
    [InlineData(MessageState.Truncated, false, true, false, false)]
    [InlineData(MessageState.Incomplete, false, false, true, false)]
    [InlineData(MessageState.IncompleteAndTruncated, false, true, true, false)]
    [InlineData(MessageState.Broken, false, false, true, true)]
    [InlineData(MessageState.BrokenAndTruncated, false, true, true, true)]
    public void State_EachOfThem_SaysWhatIsWrong(MessageState state, bool isComplete, bool isTruncated, bool isIncomplete, bool isBroken)
    {
        using var message = Messages.Request(_pool, Head, "hello"u8, state);
        Assert.Equal(state, message.State);
        Assert.Equal(
            (isComplete, isTruncated, isIncomplete, isBroken),
            (message.IsComplete, message.IsTruncated, message.IsIncomplete, message.IsBroken));
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
    public void Message_UsedBefore_IsClear()
    {
        var pool = new OctetPool();
        var builder = default(MessageBuilder);
        builder.Begin(pool, MessageKind.Request);
        builder.AppendHead(Encoding.Latin1.GetBytes(Head), Http1Policy.Passive);
        builder.AppendBody("hello"u8, 3);
        builder.BodyOctets = 5;
        (builder.FirstOctetAt, builder.LastOctetAt) = (new(1), new(2));
        var first = builder.Seal(MessageState.Broken, new byte[20]);
        first.Dispose();
        builder.Begin(pool, MessageKind.Response);
        using var second = builder.Seal(MessageState.Complete);
        Assert.Same(first, second);
        Assert.Equal((0, 0, MessageState.Complete), (second.RawOctets, second.BodyOctets, second.State));
        Assert.True(second.HeadOctets.IsEmpty && second.ContentDigest.IsEmpty && second.FirstBodyOctets.IsEmpty);
        Assert.False(second.FirstOctetAt.IsKnown || second.LastOctetAt.IsKnown);
    }

    [Fact]
    public void Message_AfterAPreparedOne_IsNotPrepared()
    {
        var pool = new OctetPool();
        Messages.Prepared(pool, Head).Dispose();
        using var message = Messages.Request(pool, Head, "hello"u8);
        Assert.Equal((false, KnownMethod.Post), (message.IsPrepared, message.Method));
        Assert.Equal(Head, Encoding.Latin1.GetString(message.HeadOctets));
    }

    [Fact]
    public void Message_OfAHeadThatTheSpareBlockIsTooSmallOrFarTooLargeFor_FitsAndIsAccountedFor()
    {
        var pool = new OctetPool();
        foreach (var octets in (ReadOnlySpan<int>)[100, 1900, 20, 5000, 20])
        {
            var builder = default(MessageBuilder);
            builder.Begin(pool, MessageKind.Request);
            builder.Append(new byte[octets]);
            using (var message = builder.Seal(MessageState.Incomplete))
            {
                Assert.Equal(octets, message.RawOctets);
                Assert.InRange(pool.RentedBytes, octets, 8192);
                Assert.Equal(message.HeldBytes, pool.RentedBytes);
            }

            Assert.Equal((0, 0), (pool.RentedBlocks, pool.RentedBytes));
        }
    }

    [Fact]
    public void Exchange_Dispose_GivesBothMessagesUpOnce()
    {
        var exchange = new Exchange { Id = 1, Session = 2, Client = default, Server = default };
        exchange.SetRequest(Messages.Request(_pool, Head, state: MessageState.Truncated));
        exchange.SetResponse(Messages.Request(_pool, Head, state: MessageState.BrokenAndTruncated));
        Assert.Equal(
            ExchangeFlags.RequestTruncated | ExchangeFlags.ResponseIncomplete | ExchangeFlags.ResponseTruncated, exchange.Flags);
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
}
