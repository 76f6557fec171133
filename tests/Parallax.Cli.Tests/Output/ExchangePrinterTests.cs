using Parallax.Cli.Output;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Cli.Tests.Output;

/// <summary>What becomes of exchanges when nobody reads the output any longer.</summary>
public sealed class ExchangePrinterTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Output_ThatIsClosed_HoldsNothingAndEveryExchangeIsAccountedFor(bool isLive)
    {
        var pool = new OctetPool();
        var closed = 0;
        using var printer = new ExchangePrinter(
            new ClosedStream(), new PrintOptions { IsLive = isLive }, () => closed++, TestContext.Current.CancellationToken);
        for (var id = 1; id <= 100; id++)
        {
            using var exchange = new Exchange { Id = id, Session = id, Client = default, Server = default };
            using var request = Messages.Request(pool, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            exchange.SetRequest(request.Retain());
            printer.Announce(request, new RequestContext(id, id, default, 0));
            if (id % 2 == 0)
            {
                printer.Offer(exchange);
            }
        }

        printer.End(CancellationToken.None);
        Assert.Equal((0L, 0L, 50L, 1), (printer.Account.Printed, printer.Account.NotMatched, printer.Account.Dropped, closed));
        Assert.Equal(0, pool.RentedBytes);
    }

    private sealed class ClosedStream : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count) => throw new IOException("closed");

        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("closed");
    }
}
