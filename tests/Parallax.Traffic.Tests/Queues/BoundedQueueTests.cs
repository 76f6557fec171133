using Parallax.Traffic.Queues;

namespace Parallax.Traffic.Tests.Queues;

public sealed class BoundedQueueTests
{
    private int _wakes;

    [Fact]
    public void Offer_BeyondItems_IsRefusedAndCounted()
    {
        var drops = new DropCounters();
        var queue = new BoundedQueue<int>(2, 100, drops, Wake);
        Assert.Equal(DropReason.None, queue.Offer(1, 1));
        Assert.Equal(DropReason.None, queue.Offer(2, 1));
        Assert.Equal(DropReason.QueueItems, queue.Offer(3, 1));
        Assert.Equal(1, drops[DropReason.QueueItems]);
        Assert.Equal(2, queue.Accepted);
    }

    [Fact]
    public void Offer_BeyondBytes_IsRefusedAndCounted()
    {
        var drops = new DropCounters();
        var queue = new BoundedQueue<int>(10, 100, drops, Wake);
        Assert.Equal(DropReason.None, queue.Offer(1, 60));
        Assert.Equal(DropReason.QueueBytes, queue.Offer(2, 41));
        Assert.Equal(DropReason.QueueBytes, queue.Offer(2, long.MaxValue));
        Assert.Equal(DropReason.None, queue.Offer(3, 40));
        Assert.Equal(2, drops.Total);
    }

    [Fact]
    public void Offer_AfterComplete_IsShutdown()
    {
        var queue = new BoundedQueue<int>(10, 100, new DropCounters(), Wake);
        queue.Offer(1, 1);
        queue.Complete();
        Assert.Equal(DropReason.Shutdown, queue.Offer(2, 1));
        Assert.True(queue.TryTake(out var entry));
        Assert.Equal(1, entry);
    }

    [Fact]
    public void Wake_ManyOffersWhileConsumerIsAwake_ComesOnce()
    {
        var queue = new BoundedQueue<int>(1000, 1000, new DropCounters(), Wake);
        for (var entry = 0; entry < 100; entry++)
        {
            queue.Offer(entry, 1);
        }

        Assert.Equal(1, _wakes);
        while (queue.TryTake(out _))
        {
        }

        queue.Offer(1, 1);
        Assert.Equal(2, _wakes);
    }

    [Fact]
    public void Wake_OffersThatDoNotWake_ComesOnceForAllOfThem()
    {
        var queue = new BoundedQueue<int>(10, 10, new DropCounters(), Wake);
        queue.Wake();
        queue.Offer(1, 1, wakes: false);
        queue.Offer(2, 1, wakes: false);
        Assert.Equal(0, _wakes);
        queue.Wake();
        queue.Wake();
        Assert.Equal(1, _wakes);
    }

    [Fact]
    public void Wake_OfferThatDoesNotWakeThenOneThatDoes_ComesForBoth()
    {
        var queue = new BoundedQueue<int>(10, 10, new DropCounters(), Wake);
        queue.Offer(1, 1, wakes: false);
        queue.Offer(2, 1);
        queue.Wake();
        Assert.Equal(1, _wakes);
    }

    [Fact]
    public void Refuse_SaysAndCountsWhatOfferWould_AndAddsNothing()
    {
        var drops = new DropCounters();
        var queue = new BoundedQueue<int>(2, 100, drops, Wake);
        Assert.Equal(DropReason.None, queue.Refuse(100));
        Assert.Equal(DropReason.QueueBytes, queue.Refuse(101));
        queue.Offer(1, 1);
        queue.Offer(2, 1);
        Assert.Equal(DropReason.QueueItems, queue.Refuse(1));
        queue.Complete();
        Assert.Equal(DropReason.Shutdown, queue.Refuse(1));
        Assert.Equal((3, 2, 2), (drops.Total, queue.Accepted, queue.Items));
    }

    [Fact]
    public void TryPeek_Empty_ArmsTheWake()
    {
        var queue = new BoundedQueue<int>(10, 10, new DropCounters(), Wake);
        queue.Offer(1, 1);
        queue.TryTake(out _);
        Assert.False(queue.TryPeek(out _));
        queue.Offer(2, 1);
        Assert.Equal(2, _wakes);
    }

    [Fact]
    public void TryHold_UntilRelease_CountsAgainstTheBounds()
    {
        var queue = new BoundedQueue<int>(1, 10, new DropCounters(), Wake);
        queue.Offer(1, 10);
        Assert.True(queue.TryHold(out _));
        Assert.Equal(DropReason.QueueItems, queue.Offer(2, 1));
        queue.Release(10);
        Assert.Equal(DropReason.None, queue.Offer(2, 10));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Offer_ManyProducers_ConservesAndKeepsEachProducersOrder(int seed)
    {
        const int producers = 4;
        const int each = 20_000;
        using var woken = new SemaphoreSlim(0);
        var drops = new DropCounters();
        var queue = new BoundedQueue<(int Producer, int Number)>(128, 3000, drops, () => woken.Release());
        var threads = Enumerable.Range(0, producers).Select(producer => new Thread(() =>
        {
            var random = new Random((seed * 100) + producer);
            for (var number = 0; number < each; number++)
            {
                queue.Offer((producer, number), random.Next(0, 64));
            }

            queue.Offer((producer, -1), 0);
        })).ToList();
        var taken = 0L;
        var last = Enumerable.Repeat(-1, producers).ToArray();
        threads.ForEach(thread => thread.Start());
        var consumer = new Thread(() =>
        {
            while (queue.Accepted + drops.Total < producers * (each + 1) || queue.Items > 0)
            {
                while (queue.TryTake(out var entry))
                {
                    taken++;
                    Assert.True(entry.Number == -1 || entry.Number > last[entry.Producer]);
                    last[entry.Producer] = entry.Number == -1 ? int.MaxValue : entry.Number;
                }

                // A lost wake-up would end here: the time-out is for the last refusals, which wake nobody.
                woken.Wait(20);
            }
        });
        consumer.Start();
        threads.ForEach(thread => thread.Join());
        consumer.Join();
        Assert.Equal(producers * (each + 1), taken + drops.Total);
        Assert.Equal(queue.Accepted, taken);
        Assert.Equal(0, queue.Bytes);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void AnyOrderOfCalls_AgreesWithTheObviousModel(int seed)
    {
        var random = new Random(seed);
        var queue = new BoundedQueue<int>(200, 2000, new DropCounters(), Wake);
        var waiting = new Queue<(int Entry, int Bytes)>();
        var held = new Queue<int>();
        for (var step = 1; step < 20_000; step++)
        {
            var choice = random.Next(0, 7);
            if (choice < 3)
            {
                var bytes = random.Next(0, 40);
                var fits = waiting.Count + held.Count < 200 && waiting.Sum(slot => slot.Bytes) + held.Sum() + bytes <= 2000;
                Assert.Equal(fits, queue.Offer(step, bytes) == DropReason.None);
                if (fits)
                {
                    waiting.Enqueue((step, bytes));
                }
            }
            else if (choice < 6)
            {
                var holds = choice == 5;
                var any = waiting.TryDequeue(out var first);
                Assert.Equal(any, holds ? queue.TryHold(out var entry) : queue.TryTake(out entry));
                Assert.Equal(first.Entry, entry);
                if (any && holds)
                {
                    held.Enqueue(first.Bytes);
                }
            }
            else if (held.TryDequeue(out var bytes))
            {
                queue.Release(bytes);
            }

            Assert.Equal((waiting.Count + held.Count, waiting.Sum(slot => slot.Bytes) + held.Sum()), (queue.Items, queue.Bytes));
        }
    }

    [Fact]
    public void OfferAndTake_SteadyState_AllocatesNothing()
    {
        var queue = new BoundedQueue<string>(100, 100_000, new DropCounters(), Wake);
        OfferAndTake(queue, 1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        OfferAndTake(queue, 1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void OfferAndTake(BoundedQueue<string> queue, int times)
    {
        for (var time = 0; time < times; time++)
        {
            queue.Offer("a", 1);
            queue.Offer("b", 1);
            queue.TryTake(out _);
            queue.TryTake(out _);
            queue.TryTake(out _);
        }
    }

    private void Wake() => _wakes++;
}
