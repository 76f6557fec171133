using Parallax.Reactor.Buffers;
using Parallax.Reactor.Connections;

namespace Parallax.Reactor.Tests.Connections;

public sealed class WriteQueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public void Advance_AnyStep_YieldsTheOctetsInOrder(int step)
    {
        var pool = new BlockPool(_ => { });
        var queue = new WriteQueue(pool);
        var expected = new List<byte>();
        var random = new Random(step);
        for (var i = 0; i < 20; i++)
        {
            var octets = new byte[random.Next(1, 5000)];
            random.NextBytes(octets);
            expected.AddRange(octets);
            if (i % 3 == 0)
            {
                queue.Append(octets, null);
            }
            else
            {
                queue.Append(octets.AsSpan());
            }
        }

        var sent = new List<byte>();
        while (queue.Head is { } head)
        {
            var count = Math.Min(step, head.Length);
            sent.AddRange(head.Span[..count]);
            queue.Advance(count);
        }

        Assert.Equal(expected, sent);
        Assert.Equal(0, queue.Bytes);
        Assert.Equal(0, pool.Outstanding);
    }
}
