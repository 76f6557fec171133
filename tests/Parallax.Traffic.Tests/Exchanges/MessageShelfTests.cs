using Parallax.Traffic.Exchanges;
using Parallax.Wire.Http1;

namespace Parallax.Traffic.Tests.Exchanges;

public sealed class MessageShelfTests
{
    private static readonly byte[] Octets = new byte[8192];

    private readonly OctetPool _pool = new();

    [Fact]
    public void Rent_AfterDispose_AllocatesNothing()
    {
        RentAndDispose();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            RentAndDispose();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal((0, 0), (_pool.RentedBlocks, _pool.RentedBytes));
    }

    [Fact]
    public void Rent_WhatAnotherThreadGaveBack_IsUsedAgain()
    {
        var rented = Enumerable.Range(0, 1000).Select(_ => Rent()).ToList();
        var other = new Thread(() => rented.ForEach(message => message.Dispose()));
        other.Start();
        other.Join();
        var known = rented.ToHashSet<Message>(ReferenceEqualityComparer.Instance);
        Assert.All(Enumerable.Range(0, 500).Select(_ => Rent()).ToList(), message => Assert.Contains(message, known));
    }

    [Fact]
    public void Rent_AHeadThatTheSpareBlockIsTooSmallOrFarTooLargeFor_FitsAndIsAccountedFor()
    {
        foreach (var octets in (ReadOnlySpan<int>)[100, 1900, 20, 5000, 20])
        {
            using (var message = Rent(octets))
            {
                Assert.Equal(octets, message.RawOctets);
                Assert.InRange(_pool.RentedBytes, octets, 8192);
                Assert.Equal(message.HeldBytes, _pool.RentedBytes);
            }

            Assert.Equal((0, 0), (_pool.RentedBlocks, _pool.RentedBytes));
        }
    }

    private void RentAndDispose() => Rent().Dispose();

    private Message Rent(int octets = 100)
    {
        var message = Message.Rent(_pool, MessageKind.Request);
        message.Append(Octets.AsSpan(0, octets));
        return message;
    }
}
