using System.Text;
using Parallax.Shadows.Clients;
using Parallax.TestKit;
using Parallax.Traffic.Exchanges;

namespace Parallax.Shadows.Tests.Clients;

public sealed class RequestPartsTests : IDisposable
{
    private readonly OctetPool _pool = new(64 << 20, new BlockTracker());

    [Fact]
    public void TryNext_LargeBody_GivesItOctetForOctet()
    {
        var body = new byte[300_000];
        new Random(1).NextBytes(body);
        using var request = Messages.Request(_pool, "POST / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n", body);
        var parts = default(RequestParts);
        parts.Begin(request, isPrepared: false);
        var sent = new List<byte>();
        while (parts.TryNext(out var part))
        {
            Assert.False(part.IsEmpty);
            sent.AddRange(part.Span);
        }

        Assert.False(parts.HasMore);
        Assert.Equal(body, sent);
    }

    [Fact]
    public void TryNext_NoBody_HasNone()
    {
        using var request = Messages.Request(_pool, "GET / HTTP/1.1\r\n\r\n");
        var parts = default(RequestParts);
        parts.Begin(request, isPrepared: false);
        Assert.False(parts.HasMore || parts.TryNext(out _));
    }

    [Fact]
    public void TryNext_Prepared_GivesHeadAndBodyTogether()
    {
        using var request = Messages.Prepared(_pool, "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n", "hi"u8);
        var parts = default(RequestParts);
        parts.Begin(request, isPrepared: true);
        Assert.True(parts.TryNext(out var part));
        Assert.EndsWith("\r\n\r\nhi", Encoding.Latin1.GetString(part.Span), StringComparison.Ordinal);
        Assert.False(parts.TryNext(out _));
    }

    [Fact]
    public void Forget_InTheMiddle_LeavesNothing()
    {
        using var request = Messages.Request(_pool, "POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n", new byte[100_000]);
        var parts = default(RequestParts);
        parts.Begin(request, isPrepared: false);
        Assert.True(parts.TryNext(out _));
        Assert.True(parts.HasMore);
        parts.Forget();
        Assert.False(parts.HasMore || parts.TryNext(out _));
    }

    public void Dispose() => Assert.Equal(0, _pool.RentedBlocks);
}
